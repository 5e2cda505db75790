import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { openLog } from '../../plugin/audit/log.ts';
import { proveEntry } from '../../plugin/audit/prove.ts';
import { event, parts } from './parts.ts';

type Files = Readonly<Record<string, Buffer>>;

/** `$COSIGN`, else from the PATH, else from where `go install` puts it; null when there is none. */
function findCosign(): string | null {
  if (process.env.COSIGN) return process.env.COSIGN;
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(process.env.HOME ?? '', 'go', 'bin')];
  return folders.map((folder) => join(folder, 'cosign')).find((file) => existsSync(file)) ?? null;
}

const cosign = findCosign();
const skip = cosign === null && 'no cosign in $COSIGN or on the PATH';

/** Ten events in batches of different sizes, between boot (entry 0) and close (entry 10). */
async function written(state: string): Promise<string> {
  const log = await openLog(parts(state));
  await Promise.all([1, 2, 3, 4, 5, 6].map((count) => log.append(event(count))));
  for (const count of [7, 8, 9]) await log.append(event(count));
  await log.close();
  return join(state, 'audit');
}

/** Puts evidence in a folder and runs the command that its VERIFY.md gives, as it stands there. */
function verified(folder: string, files: Files): boolean {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const [, command = ''] = /^ {4}cosign (verify-blob-attestation .*)$/m.exec(String(files['VERIFY.md'])) ?? [];
  const { status } = spawnSync(cosign ?? '', command.split(' '), { cwd: folder, timeout: 30_000 });
  return status === 0;
}

/** Changes the first place that matches in a file. */
const edit = (file: string, what: RegExp, change: (found: string) => string) => (files: Files) => {
  const text = files[file]?.toString('latin1') ?? '';
  const edited = text.replace(what, change);
  if (edited === text) throw new Error(`${file} has no ${what}`);
  return { ...files, [file]: Buffer.from(edited, 'latin1') };
};

/** Another last character of base64. */
const swapped = (found: string) => `${found.slice(0, -1)}${found.endsWith('A') ? 'B' : 'A'}`;

const lies: readonly [string, (files: Files) => Files][] = [
  ['the entry says another count', edit('entry.json', /"count":4/, () => '"count":5')],
  ['a byte is added to the entry', edit('entry.json', /$/, () => '\n')],
  ['the signature is another', edit('bundle.json', /"sig": "[^"]{40}/, swapped)],
  ['the statement is another', edit('bundle.json', /"payload": "[^"]{40}/, swapped)],
  ['the leaf is another', edit('bundle.json', /"canonicalizedBody": "[^"]{40}/, swapped)],
  ['the path in the tree is another', edit('bundle.json', /"hashes": \[\s+"[^"]{20}/, swapped)],
  [
    'the checkpoint has another root',
    edit('bundle.json', /(?<="envelope": "e1.gate.audit.example\\n\d\\n)[^\\]{20}/, swapped),
  ],
];

t.test('the evidence is an entry, its bundle, and what names the keys', async (t) => {
  const folder = await written(t.testdir());
  const files = await proveEntry(folder, 3);
  t.same(Object.keys(files).sort(), [
    'VERIFY.md',
    'bundle.json',
    'checkpoint',
    'entry.json',
    'key.pub',
    'trusted_root.json',
    'vkey',
    'writer.bundle.json',
    'writer.json',
  ]);
  t.match(JSON.parse(String(files['entry.json'])), { kind: 'deviation', seq: 3, count: 3 });
  const bundle = JSON.parse(String(files['bundle.json']));
  const [tlog] = bundle.verificationMaterial.tlogEntries;
  t.equal(tlog.inclusionProof.checkpoint.envelope, String(files.checkpoint));
  t.equal(tlog.logIndex, tlog.inclusionProof.logIndex);
  t.equal(bundle.dsseEnvelope.signatures.length, 1);
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
  t.same(
    statement.subject.map(({ name }: { name: string }) => name),
    ['1', '2', '3', '4', '5', '6'],
  );
});

t.test('stock cosign verifies every entry by the command in VERIFY.md', { skip }, async (t) => {
  const state = t.testdir();
  const folder = await written(state);
  for (const seq of [0, 1, 6, 9, 10])
    t.ok(verified(join(state, 'evidence'), await proveEntry(folder, seq)), `entry ${seq}`);
});

t.test('stock cosign refuses evidence that was changed anywhere', { skip }, async (t) => {
  const state = t.testdir();
  const files = await proveEntry(await written(state), 4);
  for (const [what, lie] of lies) t.notOk(verified(join(state, 'evidence'), lie(files)), what);
  const other = await proveEntry(await written(join(state, 'other')), 4);
  for (const name of ['key.pub', 'trusted_root.json'])
    t.notOk(verified(join(state, 'evidence'), { ...files, [name]: other[name] ?? Buffer.alloc(0) }), `another ${name}`);
  t.ok(verified(join(state, 'evidence'), files), 'and the unchanged one is still good');
});

t.test('a log that is being written is proved from as far as it is published', async (t) => {
  const state = t.testdir();
  const log = await openLog(parts(state));
  const { seq } = await log.append(event(1));
  t.match(JSON.parse(String((await proveEntry(join(state, 'audit'), 0))['entry.json'])), { kind: 'boot' });
  await t.rejects(proveEntry(join(state, 'audit'), seq), { code: 'audit_unknown', message: /wait a second/ });
  await log.close();
});

t.test('what can not be proved is said', async (t) => {
  const state = t.testdir();
  const folder = await written(state);
  for (const seq of [11, -1, 0.5]) await t.rejects(proveEntry(folder, seq), { code: 'audit_unknown' });
  await t.rejects(proveEntry(state, 0), { code: 'audit_unknown', message: /expected the folder of an audit log/ });
  writeFileSync(join(folder, 'key.pub'), 'no key');
  await t.rejects(proveEntry(folder, 0), { code: 'audit_damaged', message: /key\.pub/ });
  rmSync(join(folder, 'checkpoint'));
  await t.rejects(proveEntry(folder, 0), { code: 'audit_unknown', message: /no readable checkpoint/ });
  t.ok(readFileSync(join(folder, 'writer.json')).length > 0, 'nothing is written');
});
