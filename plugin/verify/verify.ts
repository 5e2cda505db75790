import { CountersignError } from '../errors.ts';
import { type AnchorTrust, compareAnchors, readAnchors } from './anchors.ts';
import { type Correlation, openCorrelation } from './correlate.ts';
import { readWitnessKey } from './cosignature.ts';
import { type Folder, openFolder } from './folder.ts';
import { compareHeads, readPublished, readRemembered } from './heads.ts';
import { readIdentity, readTrusted, type TrustedKeys } from './identity.ts';
import { leftovers } from './leftovers.ts';
import { type Progress, replay } from './replay.ts';
import { type Exchanges, openFindings, type Report } from './report.ts';
import { readStampRoots } from './stamp.ts';

/** What the reader brings, since nothing that lies beside a log proves whose it is. */
export interface VerifyOptions {
  /** Whose log it must be: a PEM, or `sha256:` and the hex SHA-256 of the SPKI. Several for several logs. */
  readonly key?: string | readonly string[];
  /** Text of a checkpoint kept from an earlier look: finds rollbacks and forks. Of several logs it names its own. */
  readonly since?: string;
  /** PEM: certificates of time-stamping authorities. Their stamps count, and must cover the log. */
  readonly tsaRoots?: string;
  /** Verifier keys of witnesses. Each of them must have cosigned. */
  readonly witnesses?: readonly string[];
}

/** Called every few hundred batches. */
export type OnProgress = (progress: Progress) => void;

/**
 * Checks one log: every byte of its segments, tiles, checkpoint and keys, in one pass. Memory does not grow with the
 * log beyond a byte an entry. What is wrong is in the report, not thrown.
 * @throws CountersignError `usage` when the folder can't be read or `key` is no key
 */
export async function verifyLog(
  folder: string,
  options: VerifyOptions = {},
  onProgress: OnProgress = () => {},
): Promise<Report & { readonly exchanges: Exchanges }> {
  const { logs, exchanges } = await verifyLogs([folder], options, onProgress);
  const [report] = logs;
  if (report === undefined) throw new Error('one folder makes one report');
  return { ...report, exchanges };
}

/** Checks logs one after the other and follows exchanges and holds across them. @throws as `verifyLog` */
export async function verifyLogs(
  folders: readonly string[],
  options: VerifyOptions = {},
  onProgress: OnProgress = () => {},
): Promise<{ readonly logs: readonly Report[]; readonly exchanges: Exchanges }> {
  const trusted = readTrusted(options.key === undefined ? [] : [options.key].flat());
  const trust = readTrust(options);
  const correlation = openCorrelation();
  const logs: Report[] = [];
  for (const path of folders) {
    const folder = openLogFolder(path);
    logs.push(
      await verifyFolder(
        folder,
        { trusted, trust, since: options.since, alone: folders.length === 1 },
        onProgress,
        correlation,
      ),
    );
  }
  for (const [index, { origin, folder }] of logs.entries()) {
    const twin = logs.slice(0, index).find((log) => origin !== '' && log.origin === origin);
    if (twin !== undefined)
      throw new CountersignError('usage', `${twin.folder} and ${folder} are the same log: give each log once`);
  }
  return { logs, exchanges: correlation.settle() };
}

/** Whose anchors count. @throws CountersignError `usage` for what is neither certificates nor a witness's key */
export function readTrust({ tsaRoots, witnesses = [] }: Pick<VerifyOptions, 'tsaRoots' | 'witnesses'>): AnchorTrust {
  const roots = tsaRoots === undefined ? null : readStampRoots(tsaRoots);
  if (tsaRoots !== undefined && roots === null)
    throw new CountersignError('usage', 'expected --tsa-root with certificates as PEM');
  return {
    roots,
    witnesses: witnesses.map((vkey) => {
      const key = readWitnessKey(vkey);
      if (key !== null) return key;
      throw new CountersignError('usage', 'expected --witness name+hint+base64, the verifier key of a C2SP witness');
    }),
  };
}

/** A folder in which at least something of a log is. @throws CountersignError `usage` */
function openLogFolder(path: string): Folder {
  const folder = openFolder(path);
  const names = new Set([...folder.names(''), ...(folder.names('segments').length > 0 ? ['segments'] : [])]);
  if (!['writer.json', 'key.pub', 'vkey', 'checkpoint', 'segments'].some((name) => names.has(name)))
    throw new CountersignError(
      'usage',
      `expected the folder of an audit log, ${path} has no part of one: try ${path}/audit`,
    );
  return folder;
}

interface Brought {
  readonly trusted: TrustedKeys;
  readonly trust: AnchorTrust;
  readonly since: string | undefined;
  /** Whether it is the only log: then the remembered checkpoint must be its own. */
  readonly alone: boolean;
}

/** Keys, heads, batches, and what is left over. */
async function verifyFolder(
  folder: Folder,
  { trusted, trust, since, alone }: Brought,
  onProgress: OnProgress,
  correlation: Correlation,
): Promise<Report> {
  const findings = openFindings();
  const identity = readIdentity(folder, trusted, findings);
  if (identity === null) return unreadable(folder.path, findings);
  const { origin, epoch, created, signer, log } = identity;
  const head = readPublished(folder, log, findings);
  const kept = readRemembered(alone || since?.startsWith(`${origin}\n`) ? since : undefined, log, findings);
  const anchors = readAnchors(folder, { ...trust, log, signer: signer.key }, findings);
  let anchored = identity.anchored || anchors.length > 0 || trust.roots !== null || trust.witnesses.length > 0;
  const replayed = await replay(folder, findings, {
    origin,
    epoch,
    created,
    signer: signer.key,
    published: head?.size ?? 0,
    heads: new Set([0, ...[head, kept, ...anchors.map((one) => one.head)].flatMap((one) => one?.size ?? [])]),
    onEntry(entry, where) {
      // The log itself says that it is anchored: whoever takes all anchors away is found.
      if (entry.kind === 'config' && (entry.anchors?.length ?? 0) > 0) anchored = true;
      correlation.entry(entry, where, findings);
    },
    onProgress,
  });
  compareHeads(head, kept, replayed.batches, replayed.marks, findings);
  const cover = compareAnchors(anchors, replayed.marks, replayed.batches, trust, findings);
  const foreign = leftovers(folder.left(), findings);
  return {
    folder: folder.path,
    origin,
    entries: replayed.entries,
    batches: replayed.batches,
    size: replayed.batches,
    root: replayed.root.toString('hex'),
    checkpoint: head === null ? null : { size: head.size, root: head.root.toString('hex') },
    tail: Math.max(0, replayed.batches - (head?.size ?? 0)),
    signer: signer.given ? 'given' : 'unknown',
    key: signer.key.fingerprint,
    from: replayed.from,
    to: replayed.to,
    unanchored: anchored ? replayed.batches - cover.covered : null,
    anchors: anchored ? cover : null,
    torn: replayed.torn?.bytes ?? 0,
    foreign,
    findings: findings.list,
    get more() {
      return findings.more;
    },
  };
}

/** Without keys nothing can be replayed: the findings say which is missing. */
function unreadable(path: string, findings: ReturnType<typeof openFindings>): Report {
  return {
    folder: path,
    origin: '',
    entries: 0,
    batches: 0,
    size: 0,
    root: '',
    checkpoint: null,
    tail: 0,
    signer: 'unknown',
    key: '',
    from: '',
    to: '',
    unanchored: null,
    anchors: null,
    torn: 0,
    foreign: [],
    findings: findings.list,
    more: findings.more,
  };
}
