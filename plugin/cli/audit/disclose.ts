import { writeFileSync } from 'node:fs';
import { CountersignError } from '../../errors.ts';
import { checkDisclosure, type DisclosedField, readDisclosure } from '../../verify/disclosure.ts';
import type { Found } from '../../verify/find.ts';
import { type Ask, type AskOptions, openAsk } from '../ask.ts';
import { visibleLine } from '../visible.ts';

/** What the service answers to a disclosure. */
interface Answer {
  readonly entries: readonly {
    readonly origin: string;
    readonly seq: number;
    readonly disclosed: readonly DisclosedField[];
  }[];
}

/** The options of `audit disclose`. */
export interface DiscloseFlags extends AskOptions {
  readonly field: readonly string[];
  readonly reason?: string;
  readonly output?: string;
  readonly json?: true;
}

/** `countersign audit disclose`: opens fields through the running service, which enters it first. */
export async function discloseCommand(id: string, flags: DiscloseFlags): Promise<void> {
  const items = await ask(openAsk(flags, process.env), id, flags.field, flags.reason);
  const json = JSON.stringify(items, null, 2);
  if (flags.output !== undefined) writeFileSync(flags.output, `${json}\n`, { mode: 0o600 });
  const lines = flags.json
    ? [json]
    : items.map(({ seq, field, value }) => `${seq} ${visibleLine(field)}: ${shown(value)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * Opens the fields that an entry of a folder commits to among those named, and holds them against it.
 * @throws CountersignError `audit_damaged` when the service has another log, or its opening is not that of the entry
 */
export async function askDisclosure(
  service: Ask,
  found: Found,
  names: readonly string[],
  reason: string,
): Promise<readonly DisclosedField[]> {
  const committed = committedOf(found);
  const fields = names.filter((name) => committed.includes(name));
  if (fields.length === 0) return [];
  const items = await ask(service, String(found.seq), fields, reason);
  const good = items.filter((item) => checkDisclosure(found.entry.committed, item) === 'proved');
  if (good.length === fields.length) return good;
  throw new CountersignError(
    'audit_damaged',
    `what the service disclosed of entry ${found.seq} is not what the entry commits to: is it the service of this folder?`,
  );
}

/** The same as the `disclosure.json` of a folder of evidence, where the entry is alone and needs no number. */
export async function disclosureFor(flags: AskOptions, found: Found, names: readonly string[]): Promise<Buffer> {
  const items = await askDisclosure(openAsk(flags, process.env), found, names, 'evidence');
  return Buffer.from(
    `${JSON.stringify(
      items.map(({ seq: _, ...item }) => item),
      null,
      2,
    )}\n`,
  );
}

/** Names of the fields that an entry commits to. */
export function committedOf({ entry }: Found): readonly string[] {
  return Array.isArray(entry.committed) ? entry.committed.map((row: { k?: unknown } | null) => String(row?.k)) : [];
}

/** What `audit show --disclosure` says of a file's items for the entries that are shown, and whether all are proved. */
export function judged(
  text: string,
  found: readonly Found[],
): { readonly lines: readonly string[]; readonly proved: boolean } {
  const rows = readDisclosure(text).flatMap((item) => {
    // What opens other entries of an export is none of these.
    if (item.seq !== undefined && !found.some(({ seq }) => seq === item.seq)) return [];
    const entries = found.filter(({ seq }) => item.seq === undefined || item.seq === seq);
    const verdicts = entries.map(({ seq, entry }) => ({ seq, verdict: checkDisclosure(entry.committed, item) }));
    const best = verdicts.find(({ verdict }) => verdict === 'proved') ?? verdicts[0];
    return [{ item, seq: best?.seq ?? item.seq, verdict: best?.verdict ?? 'not committed' }];
  });
  return {
    lines:
      rows.length === 0
        ? ['NOT PROVED: the disclosure is of other entries']
        : rows.map(({ item, seq, verdict }) =>
            verdict === 'proved'
              ? `${seq} ${visibleLine(item.field)}: ${shown(item.value)}  (proved: the entry commits to it)`
              : `${seq} ${visibleLine(item.field)}: NOT PROVED: ${verdict}`,
          ),
    proved: rows.length > 0 && rows.every(({ verdict }) => verdict === 'proved'),
  };
}

async function ask(
  service: Ask,
  id: string,
  fields: readonly string[],
  reason = '',
): Promise<readonly DisclosedField[]> {
  const { entries } = (await service('audit/disclose', { id, fields, reason })) as Answer;
  return entries.flatMap(({ seq, disclosed }) => disclosed.map((one) => ({ seq, ...one })));
}

/** Text as text, digests as hex. */
function shown(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? visibleLine(text) : bytes.toString('hex');
}
