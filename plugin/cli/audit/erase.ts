import { CountersignError } from '../../errors.ts';
import { type AskOptions, openAsk } from '../ask.ts';

/** The options of `audit erase`. */
export interface EraseFlags extends AskOptions {
  readonly exchange?: string;
  readonly principal?: string;
  readonly issuer?: string;
  /** Milliseconds since 1970. */
  readonly before?: number;
  readonly reason: string;
  readonly json?: true;
}

/** `countersign audit erase`: deletes openings through the running service, which enters it first. */
export async function eraseCommand(flags: EraseFlags): Promise<void> {
  const { exchange, principal, issuer, before, reason } = flags;
  if ([exchange, principal, before].filter((one) => one !== undefined).length !== 1)
    throw new CountersignError('usage', 'expected one of --exchange ID, --principal ID and --before DATE');
  if (issuer !== undefined && principal === undefined)
    throw new CountersignError('usage', '--issuer goes with --principal');
  const answer = await openAsk(flags, process.env)('audit/erase', { exchange, principal, issuer, before, reason });
  const { erased, recordings = 0, holds = 0 } = answer as Readonly<Record<'erased' | 'recordings' | 'holds', number>>;
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ erased, recordings, holds })}\n`
      : `${summaryOf([
          [erased, 'opening of an entry', 'openings of entries'],
          [recordings, 'recording', 'recordings'],
          [holds, 'hold', 'holds'],
        ])}\n`,
  );
}

/** What went, in words. */
function summaryOf(counts: readonly (readonly [number, string, string])[]): string {
  const said = counts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`);
  return said.length === 0 ? 'nothing to erase' : `erased, for good: ${said.join(', ')}`;
}
