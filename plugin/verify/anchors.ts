import { type Cosigned, cosignedBy, type WitnessKey } from './cosignature.ts';
import { type PublicKey, signedBy } from './dsse.ts';
import type { Folder } from './folder.ts';
import { sha256 } from './merkle.ts';
import { type Checkpoint, type NoteKey, readCheckpoint } from './note.ts';
import type { AnchorReport, Findings } from './report.ts';
import { checkStamp, type StampRoots } from './stamp.ts';

/** Whose anchors count: the reader brings them, since anybody can stamp. */
export interface AnchorTrust {
  /** Null: stamps are looked at, and none counts. */
  readonly roots: StampRoots | null;
  readonly witnesses: readonly WitnessKey[];
}

/** One anchor of a folder: a checkpoint, with whoever vouches for it. */
export interface Anchored {
  readonly where: string;
  readonly head: Checkpoint;
  /** Milliseconds since 1970 of a stamp under a trusted root; null without one. */
  readonly stamped: number | null;
  /** Names of the witnesses that cosigned. */
  readonly witnesses: readonly string[];
}

/** What the segments make of a checkpoint's size. */
export interface Mark {
  readonly root: Buffer;
  /** Number of the first entry behind it. */
  readonly seq: number;
  /** Milliseconds since 1970 of the last entry that it covers. */
  readonly time: number;
}

/** Milliseconds that the clocks of a gateway and of an authority may differ. */
const clockTolerance = 60_000;

const anchorFile = /^anchors\/([1-9][0-9]{0,15})\/(checkpoint|checkpoint\.bundle\.json|cosigned)$/;

/** Whose keys the anchors of a log are under. */
export interface AnchorKeys extends AnchorTrust {
  readonly log: NoteKey;
  readonly signer: PublicKey;
}

/** Reads every anchor of a folder, and the cosignatures of the published checkpoint. What is wrong is a finding. */
export function readAnchors(folder: Folder, keys: AnchorKeys, findings: Findings): readonly Anchored[] {
  const anchors: Anchored[] = [];
  const sizes = new Set(folder.left().flatMap((file) => anchorFile.exec(file)?.[1] ?? []));
  for (const size of [...sizes].sort((one, other) => Number(one) - Number(other)))
    for (const read of [readStamped, readCosigned]) {
      const anchor = read(folder, `anchors/${size}`, keys, findings);
      if (anchor === null) continue;
      if (anchor.head.size === Number(size)) anchors.push(anchor);
      else findings.add('anchor_malformed', anchor.where, `its checkpoint covers ${anchor.head.size} batches`);
    }
  const published = folder.checkpoint?.toString('utf8');
  const head = published === undefined ? null : readCheckpoint(published, keys.log);
  if (published === undefined || head === null || 'reason' in head) return anchors;
  const witnesses = witnessesOf(published, 'checkpoint', keys, findings);
  return witnesses.length === 0 ? anchors : [...anchors, { where: 'checkpoint', head, stamped: null, witnesses }];
}

type Reader = (folder: Folder, at: string, keys: AnchorKeys, findings: Findings) => Anchored | null;

const readStamped: Reader = (folder, at, keys, findings) => stampedIn(folder, `${at}/checkpoint`, keys, findings);

/** The stamped checkpoint in a file, with its bundle beside it; null, with or without findings, when there is none. */
export const stampedIn: Reader = (folder, where, keys, findings) => {
  const bundleAt = `${where}.bundle.json`;
  const [note, bytes] = [folder.read(where), folder.read(bundleAt)];
  if (note === null && bytes === null) return null;
  if (note === null || bytes === null) {
    // The checkpoint is written first: a crash leaves it alone.
    if (note === null) findings.add('anchor_malformed', bundleAt, 'the checkpoint that it stamps is not there');
    return null;
  }
  const head = headOf(note.toString('utf8'), where, keys.log, findings);
  if (head === null) return null;
  const bundle = readBundle(bytes, note, keys.signer);
  if (bundle === null) {
    findings.add('anchor_malformed', bundleAt, 'it is not the bundle of a checkpoint with time stamps');
    return null;
  }
  if (!signedBy(keys.signer, note, bundle.signature)) {
    findings.add('anchor_signature', bundleAt, `the checkpoint is not signed by ${keys.signer.fingerprint}`);
    return null;
  }
  let stamped: number | null = null;
  for (const stamp of bundle.stamps) {
    const verdict = checkStamp(stamp, bundle.signature, keys.roots ?? { certificates: [] });
    if ('time' in verdict) stamped = Math.min(stamped ?? verdict.time, verdict.time);
    else if (!verdict.untrusted) findings.add('anchor_stamp', bundleAt, verdict.fault);
  }
  return { where, head, stamped, witnesses: [] };
};

const readCosigned: Reader = (folder, at, keys, findings) => {
  const where = `${at}/cosigned`;
  const note = folder.read(where)?.toString('utf8');
  const head = note === undefined ? null : headOf(note, where, keys.log, findings);
  if (note === undefined || head === null) return null;
  return { where, head, stamped: null, witnesses: witnessesOf(note, where, keys, findings) };
};

function headOf(note: string, where: string, log: NoteKey, findings: Findings): Checkpoint | null {
  const read = readCheckpoint(note, log);
  if (!('reason' in read)) return read;
  findings.add(read.reason === 'malformed' ? 'anchor_malformed' : 'anchor_signature', where, read.message);
  return null;
}

function witnessesOf(note: string, where: string, keys: AnchorKeys, findings: Findings): readonly string[] {
  return keys.witnesses.flatMap((witness) => {
    const cosigned: Cosigned = cosignedBy(note, witness);
    if (cosigned === 'wrong')
      findings.add('anchor_witness', where, `the cosignature of ${witness.name} is not its own`);
    return typeof cosigned === 'string' ? [] : [witness.name];
  });
}

interface Bundle {
  readonly signature: Buffer;
  readonly stamps: readonly Buffer[];
}

/** The one text of a bundle around a signature and stamps; null for any other. */
function readBundle(bytes: Buffer, note: Buffer, signer: PublicKey): Bundle | null {
  const text = bytes.toString('utf8');
  const [, signature] = /"signature": "([A-Za-z0-9+/]+={0,2})"/.exec(text) ?? [];
  const stamps = [...text.matchAll(/"signedTimestamp": "([A-Za-z0-9+/]+={0,2})"/g)].map(([, stamp = '']) => stamp);
  if (signature === undefined || stamps.length === 0 || text !== bundleText(note, signer, signature, stamps))
    return null;
  const decoded = [signature, ...stamps].map((one) => Buffer.from(one, 'base64'));
  const [first] = decoded;
  if (first === undefined || decoded.some((one, at) => one.toString('base64') !== [signature, ...stamps][at]))
    return null;
  return { signature: first, stamps: decoded.slice(1) };
}

function bundleText(note: Buffer, signer: PublicKey, signature: string, stamps: readonly string[]): string {
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: sha256(signer.spki).toString('base64') },
      tlogEntries: [],
      timestampVerificationData: {
        rfc3161Timestamps: stamps.map((signedTimestamp) => ({ signedTimestamp })),
      },
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: sha256(note).toString('base64') },
      signature,
    },
  };
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

/** Holds anchors against the replayed tree (`marks` by size; the log holds `size` batches), and says what they cover. */
export function compareAnchors(
  anchors: readonly Anchored[],
  marks: ReadonlyMap<number, Mark>,
  size: number,
  trust: AnchorTrust,
  findings: Findings,
): AnchorReport {
  const good = anchors.filter((anchor) => fits(anchor, marks.get(anchor.head.size), size, findings));
  const stamps = good.filter(({ stamped }) => stamped !== null);
  const last = stamps.at(-1);
  const sizes = [
    ...(trust.roots === null ? [] : [last?.head.size ?? 0]),
    ...trust.witnesses.map(({ name }) =>
      Math.max(0, ...good.flatMap(({ witnesses, head }) => (witnesses.includes(name) ? [head.size] : []))),
    ),
  ];
  const covered = sizes.length === 0 ? 0 : Math.min(...sizes);
  return {
    found: anchors.length,
    covered,
    stamped: last?.stamped == null ? null : new Date(last.stamped).toISOString(),
    judged: sizes.length > 0,
    from: covered < size ? (marks.get(covered)?.seq ?? 0) : null,
  };
}

function fits({ where, head, stamped }: Anchored, mark: Mark | undefined, size: number, findings: Findings): boolean {
  if (head.size > size) {
    const message = `it covers ${head.size} batches, the segments hold ${size}: the log was rolled back`;
    findings.add('anchor_ahead', where, message);
    return false;
  }
  if (mark === undefined || !mark.root.equals(head.root)) {
    findings.add('anchor_root', where, `the first ${head.size} batches are others than those that it was made over`);
    return false;
  }
  if (stamped !== null && stamped + clockTolerance < mark.time)
    findings.add(
      'anchor_time',
      where,
      `it is stamped ${new Date(stamped).toISOString()}, its last entry says ${new Date(mark.time).toISOString()}`,
    );
  return true;
}
