import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stampedIn } from './anchors.ts';
import { bundleDifferences, readBundle, type SaidBundle } from './bundle.ts';
import { checkDisclosure, readDisclosure } from './disclosure.ts';
import { preAuthEncoding, signedBy } from './dsse.ts';
import { type Entry, readEntry } from './entry.ts';
import { type Folder, openFolder } from './folder.ts';
import { readPublished } from './heads.ts';
import { type Identity, readIdentity, type TrustedKeys } from './identity.ts';
import { leafBodies } from './leaf.ts';
import { leafHash, rootOfPath, sha256 } from './merkle.ts';
import type { Checkpoint } from './note.ts';
import { type Finding, type Findings, openFindings } from './report.ts';
import type { StampRoots } from './stamp.ts';
import { differences, readStatement, type Said } from './statement.ts';

/** What a folder of evidence came to. */
export interface EvidenceReport {
  readonly folder: string;
  readonly origin: string;
  /** Number and RFC 3339 time of the entry; -1 and empty when it can't be read. */
  readonly seq: number;
  readonly time: string;
  /** Index of its batch, and batches that the checkpoint covers; -1 when they can't be read. */
  readonly batch: number;
  readonly size: number;
  /** As in a `Report`. */
  readonly signer: 'given' | 'unknown';
  readonly key: string;
  /** RFC 3339 time of a stamp under a root of the reader's: the entry is no younger. Null without one. */
  readonly stamped: string | null;
  /** Fields that `disclosure.json` opens, each proved. */
  readonly disclosed: readonly string[];
  readonly findings: readonly Finding[];
}

/** Whether a folder is what `audit prove` writes: the proof of one entry, and no log. */
export function isEvidence(path: string): boolean {
  return existsSync(join(path, 'bundle.json')) && !existsSync(join(path, 'segments'));
}

/**
 * Checks the proof of one entry, all of it: stock tools look at neither the index inside a proof nor the leaf's body,
 * nor whether the entry's number is its subject's name. What is wrong is in the report, not thrown.
 * @throws CountersignError `usage` when the folder can't be read
 */
export function verifyEvidence(path: string, trusted: TrustedKeys, roots: StampRoots | null = null): EvidenceReport {
  const folder = openFolder(path);
  const findings = openFindings();
  const identity = readIdentity(folder, trusted, findings, true);
  const entry = entryIn(folder, findings);
  const bundle = bundleIn(folder, findings);
  const head = identity === null ? null : readPublished(folder, identity.log, findings);
  const said = bundle === null ? null : readStatement(bundle.statement);
  if (bundle !== null && said === null)
    findings.add('statement_malformed', 'bundle.json', 'the statement is not a JSON object');
  if (identity !== null && bundle !== null && said !== null) {
    checkStatement(bundle, said, identity, findings);
    if (entry !== null) checkEntry(entry, said, identity, findings);
    if (head !== null) checkProof(bundle, said, identity, { head, note: textOf(folder.checkpoint) }, findings);
  }
  const stamped = identity === null ? null : stampOf(folder, identity, roots, findings);
  const disclosed = entry === null ? [] : disclosedIn(folder, entry.entry, findings);
  return {
    folder: path,
    origin: identity?.origin ?? '',
    seq: entry?.entry.seq ?? -1,
    time: entry === null ? '' : new Date(Math.min(entry.entry.time, 8.64e15)).toISOString(),
    batch: said?.batch ?? -1,
    size: head?.size ?? -1,
    signer: identity?.signer.given === true ? 'given' : 'unknown',
    key: identity?.signer.key.fingerprint ?? '',
    stamped: stamped === null ? null : new Date(stamped).toISOString(),
    disclosed,
    findings: findings.list,
  };
}

/** Time of a stamp over the checkpoint that counts; what is wrong with it, whoever made it, is a finding. */
function stampOf(folder: Folder, { log, signer }: Identity, roots: StampRoots | null, findings: Findings) {
  if (!folder.left().includes('checkpoint.bundle.json')) return null;
  const keys = { roots, witnesses: [], log, signer: signer.key };
  return stampedIn(folder, 'checkpoint', keys, findings)?.stamped ?? null;
}

interface Read {
  readonly entry: Entry;
  readonly digest: string;
}

function entryIn(folder: Folder, findings: Findings): Read | null {
  const bytes = folder.read('entry.json');
  if (bytes === null) findings.add('file_missing', 'entry.json', 'evidence is of an entry');
  const entry = bytes === null ? null : readEntry(bytes, (code, message) => findings.add(code, 'entry.json', message));
  return entry === null || bytes === null ? null : { entry, digest: sha256(bytes).toString('hex') };
}

function bundleIn(folder: Folder, findings: Findings): SaidBundle | null {
  const bytes = folder.read('bundle.json');
  if (bytes === null) findings.add('file_missing', 'bundle.json', 'evidence has a Sigstore bundle');
  const bundle = bytes === null ? null : readBundle(bytes);
  if (bundle === null || !('fault' in bundle)) return bundle;
  findings.add(bundle.code, 'bundle.json', bundle.fault);
  return null;
}

/** What the statement says of itself must be the one text of it, under the signer's signature. */
function checkStatement(bundle: SaidBundle, said: Said, identity: Identity, findings: Findings): void {
  const { origin, epoch, signer } = identity;
  for (const { code, message } of differences(bundle.statement, { ...said, origin, epoch }))
    findings.add(code, 'bundle.json', message);
  if (!signedBy(signer.key, preAuthEncoding(bundle.statement), bundle.signature))
    findings.add('signature_invalid', 'bundle.json', `the batch is not signed by ${signer.key.fingerprint}`);
}

/** The entry must be the subject that bears its number. */
function checkEntry({ entry, digest }: Read, said: Said, identity: Identity, findings: Findings): void {
  const add = (code: Finding['code'], message: string) => findings.add(code, 'entry.json', message);
  const { origin, epoch, created } = identity;
  const at = said.digests.indexOf(digest);
  if (at < 0) add('statement_digest', 'its digest is none of those that the batch was signed over');
  else if (said.firstSeq + at !== entry.seq)
    add('statement_subject_name', `its seq is ${entry.seq}, the batch names it ${said.firstSeq + at}`);
  if (entry.origin !== origin) add('entry_origin', `its origin is another than ${origin}`);
  if (entry.epoch !== epoch) add('entry_epoch', `its epoch is ${entry.epoch}, expected ${epoch}`);
  if (entry.time < created) add('entry_time', `its time is ${created - entry.time} ms before its keys were valid`);
}

interface Head {
  readonly head: Checkpoint;
  readonly note: string;
}

/** The batch must be the leaf that the proof leads from, to the root that the checkpoint was signed over. */
function checkProof(
  bundle: SaidBundle,
  said: Said,
  identity: Identity,
  { head, note }: Head,
  findings: Findings,
): void {
  const { signer, log } = identity;
  const body = leafBodies(signer.key)(preAuthEncoding(bundle.statement), bundle.signature);
  const { batch } = said;
  for (const { code, message } of bundleDifferences(bundle, { signer: signer.key, log, batch, head, note, body }))
    findings.add(code, 'bundle.json', message);
  const root = rootOfPath(leafHash(body), batch, head.size, bundle.hashes);
  if (root?.equals(head.root) !== true)
    findings.add('proof_path', 'bundle.json', `the hashes do not lead from batch ${batch} to the checkpoint's root`);
}

function disclosedIn(folder: Folder, entry: Entry, findings: Findings): readonly string[] {
  const bytes = folder.read('disclosure.json');
  const fields = bytes === null ? [] : readDisclosure(bytes.toString('utf8'));
  const proved = fields.filter((one) => checkDisclosure(entry.committed, one) === 'proved');
  for (const one of fields)
    if (!proved.includes(one))
      findings.add('disclosure_unproved', 'disclosure.json', 'a field is not what the entry commits to');
  return proved.map(({ field }) => field);
}

const textOf = (bytes: Buffer | null): string => bytes?.toString('utf8') ?? '';
