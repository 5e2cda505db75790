import { CountersignError } from '../errors.ts';
import { type PublicKey, readPublicKey } from './dsse.ts';
import type { Folder } from './folder.ts';
import { type NoteKey, readVkey } from './note.ts';
import type { Findings } from './report.ts';

/** Whose log it is: what everything in it must agree with. */
export interface Identity {
  readonly origin: string;
  readonly epoch: number;
  readonly signer: {
    readonly key: PublicKey;
    /** Whether the reader brought it; else it is the one that lies beside the log, which proves nothing. */
    readonly given: boolean;
  };
  readonly log: NoteKey;
}

/** What a reader may bring: keys, or their names. */
export interface TrustedKeys {
  readonly keys: readonly PublicKey[];
  readonly fingerprints: readonly string[];
}

/** Reads what the reader brings. @throws CountersignError `usage` for what is neither a P-256 PEM nor a fingerprint */
export function readTrusted(given: readonly string[]): TrustedKeys {
  const fingerprints = given.filter((text) => text.startsWith('sha256:'));
  const wrong = fingerprints.find((text) => !/^sha256:[0-9a-f]{64}$/.test(text));
  if (wrong !== undefined)
    throw new CountersignError('usage', 'expected --key sha256: and 64 hex digits in lower case: SHA-256 of the SPKI');
  const keys = given
    .filter((text) => !text.startsWith('sha256:'))
    .map((text) => {
      const key = readPublicKey(text);
      if (key === null)
        throw new CountersignError(
          'usage',
          'expected --key to name a PEM file with a P-256 public key, such as key.pub',
        );
      return key;
    });
  return { keys, fingerprints: [...fingerprints, ...keys.map(({ fingerprint }) => fingerprint)] };
}

/** Reads whose log it is. Null, with findings, when nothing of it can be judged. */
export async function readIdentity(folder: Folder, trusted: TrustedKeys, findings: Findings): Promise<Identity | null> {
  const signer = await readSigner(folder, trusted, findings);
  const log = await readLogKey(folder, findings);
  if (signer === null || log === null) return null;
  const [, epoch] = /^e(0|[1-9][0-9]{0,9})\.[a-z0-9.-]+$/.exec(log.origin) ?? [];
  if (epoch === undefined) {
    findings.add('key_malformed', 'vkey', 'its name is not of the form e<epoch>.<writer>.<log domain>');
    return null;
  }
  return { origin: log.origin, epoch: Number(epoch), signer, log };
}

async function readSigner(
  folder: Folder,
  trusted: TrustedKeys,
  findings: Findings,
): Promise<Identity['signer'] | null> {
  const text = (await folder.read('key.pub'))?.toString('utf8');
  const beside = text === undefined ? null : readPublicKey(text);
  if (text === undefined)
    findings.add('file_missing', 'key.pub', 'the key that signed the batches should lie beside them');
  else if (beside === null || beside.pem !== text)
    findings.add('key_malformed', 'key.pub', 'expected the PEM of a P-256 public key and nothing else');
  if (trusted.fingerprints.length === 0) return beside === null ? null : { key: beside, given: false };
  if (beside !== null && trusted.fingerprints.includes(beside.fingerprint)) return { key: beside, given: true };
  if (beside !== null)
    findings.add('signer_other', 'key.pub', `the log's key is ${beside.fingerprint}, which is none that was given`);
  const [only, ...others] = trusted.keys;
  if (only !== undefined && others.length === 0) return { key: only, given: true };
  return beside === null ? null : { key: beside, given: false };
}

async function readLogKey(folder: Folder, findings: Findings): Promise<NoteKey | null> {
  const text = (await folder.read('vkey'))?.toString('utf8');
  if (text === undefined) {
    findings.add('file_missing', 'vkey', 'the key that signs the checkpoints must lie beside them');
    return null;
  }
  const key = readVkey(text);
  if (key === null) findings.add('key_malformed', 'vkey', 'expected <origin>+<hint>+<base64 of an Ed25519 key>');
  return key;
}
