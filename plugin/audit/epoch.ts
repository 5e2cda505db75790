import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from './manifest.ts';

/** The files of a state folder that belong to one epoch of its log. */
export interface Epoch {
  readonly epoch: number;
  /** Whether its log has yet to be begun: only then may keys be made. */
  readonly fresh: boolean;
  /** PEM: signs batches. */
  readonly signer: string;
  /** PEM: signs checkpoints. */
  readonly logKey: string;
  readonly openings: string;
}

const keyName = /^log(?:-e([1-9][0-9]*))?\.pem$/;

/**
 * The epoch of the log in `state/audit`. Where there is none it is the one after the last that has keys in `state/keys`:
 * a log that was moved away leaves its keys, its openings and its name to nobody (audit.md: one epoch, one origin, one
 * pair of keys). Files of the first epoch have no number.
 * @throws CountersignError `audit_damaged` when `writer.json` can't be read
 */
export function epochOf(state: string): Epoch {
  const written = ['writer.json', 'checkpoint', 'segments'].some((name) => existsSync(join(state, 'audit', name)));
  const epoch = written ? currentEpoch(join(state, 'audit', 'writer.json')) : lastEpoch(join(state, 'keys')) + 1;
  const number = epoch === 1 ? '' : `-e${epoch}`;
  return {
    epoch,
    fresh: !written,
    signer: join(state, 'keys', `signer${number}.pem`),
    logKey: join(state, 'keys', `log${number}.pem`),
    openings: join(state, `openings${number}.db`),
  };
}

/** A log that lost its `writer.json` is refused later, by what opens it. */
function currentEpoch(file: string): number {
  return existsSync(file) ? readManifest(readFileSync(file)).epoch : 1;
}

function lastEpoch(keys: string): number {
  if (!existsSync(keys)) return 0;
  const epochs = readdirSync(keys).flatMap((name) => {
    const found = keyName.exec(name);
    return found === null ? [] : [Number(found[1] ?? 1)];
  });
  return Math.max(0, ...epochs);
}
