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
  const { erased } = answer as { readonly erased: number };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ erased })}\n`
      : `${erased === 0 ? 'nothing to erase' : `what opened ${erased} ${erased === 1 ? 'entry' : 'entries'} is erased, for good`}\n`,
  );
}
