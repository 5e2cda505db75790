import { setImmediate as nextTurn } from 'node:timers/promises';
import { CountersignError, codeOf } from '../errors.ts';
import type { Json } from '../request.ts';
import type { Found, Origin } from './origin.ts';
import type { Policy } from './policy.ts';

/** What a keeper needs. */
export interface KeeperParts {
  readonly origin: Origin;
  /** Rejects with what is wrong with a bundle. */
  readonly load: (path: string) => Promise<Policy>;
  /** Milliseconds between two looks; null: only when asked to. */
  readonly poll: number | null;
  /** Called before a policy is in force: what rejects keeps it out. */
  readonly activate: (policy: Policy) => Promise<void>;
  /** Called once for each way in which it does not get a policy, not at every look. */
  readonly refuse: (error: CountersignError) => Promise<void>;
  /** Inputs of late, by which a new policy is warmed. */
  readonly inputs: () => readonly Json[];
  /** A serial below that of the last policy is accepted when it is this one. */
  readonly acceptSerial: number | null;
}

/** The policy in force, and how another takes its place. */
export interface PolicyKeeper {
  readonly current: Policy | null;
  /** Milliseconds since 1970 at which the origin last said what is current; 0 before. */
  readonly checked: number;
  /** Looks now. Never rejects: a bundle that does not serve leaves the one in force. */
  look(): Promise<void>;
  close(): void;
}

/** Evaluations until V8 has compiled a module's hot parts for good. */
const warmth = 200;

/** Milliseconds of it at most: an input of late may be one that a caller made to run away. */
const warmTime = 2_000;

/** Milliseconds of it in one turn of the event loop. */
const turnTime = 1;

/** Opens with a first look; the bundle of before a restart serves where the origin can't be had. */
export async function keepPolicy(parts: KeeperParts): Promise<PolicyKeeper> {
  let current: Policy | null = null;
  let checked = 0;
  let looking: Promise<void> | null = null;
  let reported = '';
  /** What the origin last said is current does not serve: its "nothing new" is no news of ours. */
  let unfit = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function look(): Promise<void> {
    let found: Found | null = null;
    try {
      found = await parts.origin.look();
      if (found !== null) await take(found);
      else if (unfit) return;
      unfit = false;
      checked = Date.now();
      reported = '';
    } catch (error) {
      if (found !== null) unfit = true;
      await found?.refused();
      await report(error);
    }
  }

  async function take(found: Found): Promise<void> {
    const policy = await parts.load(found.path);
    if (policy.digest !== current?.digest) {
      requireNewer(policy);
      await warm(policy, parts.inputs());
      await parts.activate(policy);
      current = policy;
    }
    await found.kept();
  }

  /** A bundle that was validly signed once may be served again by whoever keeps the new one from us. */
  function requireNewer({ serial }: Policy): void {
    const before = current?.serial ?? null;
    if (before === null) return;
    if (serial !== null && (serial > before || serial === parts.acceptSerial)) return;
    throw new CountersignError(
      'policy_invalid',
      `the bundle's serial is ${serial ?? 'missing'}, that of the policy in force ${before}: publish a higher one, or accept this one by policy.accept_serial`,
    );
  }

  async function report(error: unknown): Promise<void> {
    const said = error instanceof CountersignError ? error : new CountersignError(codeOf(error), String(error));
    if (said.message === reported) return;
    reported = said.message;
    await parts.refuse(said);
  }

  /** The next look, a tenth earlier or later, so that many services don't ask at once. */
  function schedule(): void {
    if (parts.poll === null || closed) return;
    timer = setTimeout(() => void run(), parts.poll * (0.9 + 0.2 * Math.random())).unref();
  }

  function run(): Promise<void> {
    clearTimeout(timer);
    looking ??= look().finally(() => {
      looking = null;
      schedule();
    });
    return looking;
  }

  async function fallBack(path: string): Promise<void> {
    try {
      const policy = await parts.load(path);
      await parts.activate(policy);
      current = policy;
    } catch (error) {
      // Without a last good copy there is nothing to add to what was reported.
      if (codeOf(error) !== 'policy_missing') await report(error);
    }
  }

  // Before the first look, so that a lower serial is known for what it is after a restart too.
  if (parts.origin.lastGood !== null) await fallBack(parts.origin.lastGood);
  await run();

  return {
    get current() {
      return current;
    },
    get checked() {
      return checked;
    },
    look: run,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Runs a policy on inputs until it is as fast as it will be, a little at a time: others are served meanwhile. */
async function warm({ decide, decideAside = decide }: Policy, inputs: readonly Json[]): Promise<void> {
  const samples = inputs.length === 0 ? [{}] : inputs;
  const began = performance.now();
  let turn = began;
  for (let count = 0; count < warmth && performance.now() - began < warmTime; count++) {
    await decideAside(samples[count % samples.length] ?? {});
    if (performance.now() - turn < turnTime) continue;
    await nextTurn();
    turn = performance.now();
  }
}
