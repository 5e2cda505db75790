import { CountersignError } from '../errors.ts';
import { type PublicKey, readPublicKey } from './dsse.ts';
import type { Folder } from './folder.ts';
import { type NoteKey, readVkey, vkeyText } from './note.ts';
import type { Findings } from './report.ts';
import { bundleFits, readWriter, trustedRootText, type Writer } from './writer.ts';

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
  /** Milliseconds since 1970 from which the keys are valid. */
  readonly created: number;
  /** Whether `writer.json` says that checkpoints are anchored. */
  readonly anchored: boolean;
}

/** The files that say who writes a log. */
const files = ['writer.json', 'writer.bundle.json', 'trusted_root.json', 'key.pub', 'vkey'] as const;

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

/**
 * Reads whose log it is: `writer.json` under the signer's own signature names origin, epoch and the log's key, and every
 * other file must say the same. Null, with findings, when nothing of it can be judged. The trusted root of `evidence` of
 * one entry may name time-stamping authorities beside that.
 */
export function readIdentity(
  folder: Folder,
  trusted: TrustedKeys,
  findings: Findings,
  evidence = false,
): Identity | null {
  const texts = new Map<string, Buffer>();
  for (const file of files) {
    const bytes = folder.read(file);
    if (bytes === null) findings.add('file_missing', file, 'every log has this file: it says who writes it');
    else texts.set(file, bytes);
  }
  const signer = readSigner(texts.get('key.pub'), trusted, findings);
  const writer = readWriterFile(texts.get('writer.json'), findings);
  const authorities = evidence ? authoritiesIn(texts.get('trusted_root.json')) : [];
  if (signer !== null && writer !== null) compareFiles(texts, writer, signer.key, authorities, findings);
  const log = writer?.log ?? readVkey(texts.get('vkey')?.toString('utf8').replace(/\n$/, '') ?? '');
  if (signer === null || log === null) return null;
  const epoch = writer?.epoch ?? Number(/^e(\d{1,10})\./.exec(log.origin)?.[1] ?? 0);
  return { origin: log.origin, epoch, created: writer?.created ?? 0, anchored: writer?.anchored ?? false, signer, log };
}

function readSigner(bytes: Buffer | undefined, trusted: TrustedKeys, findings: Findings): Identity['signer'] | null {
  const text = bytes?.toString('utf8');
  const beside = text === undefined ? null : readPublicKey(text);
  if (text !== undefined && beside?.pem !== text)
    findings.add('key_malformed', 'key.pub', 'expected the PEM of a P-256 public key and nothing else');
  if (trusted.fingerprints.length === 0) return beside === null ? null : { key: beside, given: false };
  if (beside !== null && trusted.fingerprints.includes(beside.fingerprint)) return { key: beside, given: true };
  if (beside !== null)
    findings.add('signer_other', 'key.pub', `the log's key is ${beside.fingerprint}, which is none that was given`);
  const [only, ...others] = trusted.keys;
  if (only !== undefined && others.length === 0) return { key: only, given: true };
  return beside === null ? null : { key: beside, given: false };
}

function readWriterFile(bytes: Buffer | undefined, findings: Findings): Writer | null {
  if (bytes === undefined) return null;
  const writer = readWriter(bytes);
  if (!('fault' in writer)) return writer;
  findings.add('writer_malformed', 'writer.json', writer.fault);
  return null;
}

/** Every file that repeats what `writer.json` says must be, byte by byte, what follows from it. */
function compareFiles(
  texts: ReadonlyMap<string, Buffer>,
  writer: Writer,
  signer: PublicKey,
  authorities: readonly unknown[],
  findings: Findings,
): void {
  const statement = texts.get('writer.json') ?? Buffer.alloc(0);
  if (writer.signer !== signer.spki.toString('base64'))
    findings.add('writer_inconsistent', 'writer.json', `it names another signer than ${signer.fingerprint}`);
  const bundle = texts.get('writer.bundle.json');
  if (bundle !== undefined && !bundleFits(bundle, statement, signer))
    findings.add('writer_signature', 'writer.bundle.json', `writer.json is not signed by ${signer.fingerprint}`);
  const expected = { vkey: `${vkeyText(writer.log)}\n`, 'trusted_root.json': trustedRootText(writer, authorities) };
  for (const [file, text] of Object.entries(expected)) {
    const bytes = texts.get(file);
    if (bytes !== undefined && !bytes.equals(Buffer.from(text)))
      findings.add('writer_inconsistent', file, 'it is not what writer.json and the keys make it');
  }
}

/** The time-stamping authorities that a trusted root names; none when it is no such file. */
function authoritiesIn(bytes: Buffer | undefined): readonly unknown[] {
  try {
    const root = JSON.parse(bytes?.toString('utf8') ?? 'null') as { readonly timestampAuthorities?: unknown } | null;
    return Array.isArray(root?.timestampAuthorities) ? root.timestampAuthorities : [];
  } catch {
    return [];
  }
}
