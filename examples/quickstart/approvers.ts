/** What approvers do from their own keyboards: Countersign's command line with a token of their own. */
import type { Output } from './child.ts';
import { until } from './child.ts';
import type { Member } from './idp.ts';
import type { Site } from './site.ts';

/** A pending hold as `approvals list --json` tells it; the members that the story needs. */
export interface Pending {
  readonly id: string;
}

/** `countersign approvals ...args`, as a member of the cast. */
export async function approvals(site: Site, who: Member, args: readonly string[]): Promise<Output> {
  return site.cli(['approvals', ...args, '-c', site.config], await site.idp.token(who, 'approvals'));
}

/** All holds that `who` sees pending. @throws Error with what the command said when it fails */
export async function pending(site: Site, who: Member): Promise<readonly Pending[]> {
  const { code, stdout, stderr } = await approvals(site, who, ['list', '--json']);
  if (code !== 0) throw new Error(`approvals list failed with exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as readonly Pending[];
}

/** Waits until one hold is pending that is none of `known`. */
export function nextHold(site: Site, who: Member, known: readonly string[] = []): Promise<Pending> {
  const look = async () => (await pending(site, who)).find((hold) => !known.includes(hold.id));
  return until('the request to be held', look, [site.plugin(), site.envoy()]);
}

/** Waits until no hold is pending. */
export function noHold(site: Site, who: Member): Promise<true> {
  const look = async () => ((await pending(site, who)).length === 0 ? true : undefined);
  return until('the hold to be withdrawn', look, [site.plugin(), site.envoy()]);
}
