import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { CountersignError } from '../errors.ts';
import { buildBundle } from './compile.ts';
import { type Reads, readsIn } from './reads.ts';
import { requireSigned } from './signature.ts';

/** A compiled bundle, as `opa build -t wasm` makes it. */
export interface Bundle {
  /** Where it came from, for messages. */
  readonly source: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** JSON text of the data document. */
  readonly data: string;
  /** The manifest's `revision`, or ''. */
  readonly revision: string;
  /** The manifest's `metadata.serial`, or null. */
  readonly serial: number | null;
  /** What the policy reads of its input, where the bundle says. */
  readonly reads: Reads;
  /** Hex SHA-256 over the files' names and bytes. */
  readonly digest: string;
}

type Files = ReadonlyMap<string, Buffer>;

/** A bundle larger than this is a mistake (bytes, uncompressed). */
const sizeLimit = 256 * 1_048_576;

/** More files than a policy of people has. */
const filesLimit = 10_000;

/**
 * Reads a bundle from a `.tar.gz`, a folder with `policy.wasm`, or a folder of Rego, which `opa` compiles first.
 * @throws CountersignError `policy_missing`, `policy_invalid`, `tool_missing`
 */
export async function loadBundle(options: {
  readonly source: string;
  readonly path: string;
  readonly opa?: string;
  readonly keys?: readonly string[];
}): Promise<Bundle> {
  const { source, keys } = options;
  const found = await stat(source).catch(() => null);
  if (found === null)
    throw new CountersignError(
      'policy_missing',
      `no policy at ${source}: set policy.source to a folder of Rego or a bundle`,
    );
  if (!found.isDirectory()) return readBundle(source, await readArchive(source, await readFile(source)), keys);
  const files = await readFolder(source);
  if (files.has('policy.wasm')) return readBundle(source, files, keys);
  if (keys !== undefined)
    throw new CountersignError(
      'policy_invalid',
      `${source} is Rego, which nobody signed: policy.keys needs a built bundle`,
    );
  if (![...files.keys()].some((name) => name.endsWith('.rego')))
    throw new CountersignError('policy_invalid', `${source} has neither .rego files nor a policy.wasm`);
  return readBundle(source, await readArchive(source, await buildBundle(options, files)));
}

/** Every regular file below a folder, by its path with `/`. */
async function readFolder(folder: string): Promise<Files> {
  const files = new Map<string, Buffer>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(relative(folder, file).split(sep).join('/'), await readFile(file));
  }
  return files;
}

/** The files of a tar, gzipped or not. @throws CountersignError `policy_invalid` when it is cut off or damaged */
async function readArchive(source: string, bytes: Buffer): Promise<Files> {
  try {
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return await untar(gzipped ? await promisify(gunzip)(bytes, { maxOutputLength: sizeLimit }) : bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it can not be read';
    throw new CountersignError(
      'policy_invalid',
      `${source}: expected a bundle.tar.gz as "opa build" makes it: ${why}; fetch or build it again`,
    );
  }
}

async function untar(bytes: Buffer): Promise<Files> {
  const files = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    const reading: Promise<void>[] = [];
    let count = 0;
    const read = async (entry: ReadEntry): Promise<void> => {
      const content = await entry.concat();
      if (content.length !== entry.size) throw new RangeError('it is cut off');
      if (entry.type !== 'File') return;
      const name = entry.path.replace(/^\.?\/+/, '');
      // Readers differ in which one they take; the signature covers one of them.
      if (files.has(name)) throw new RangeError(`${name} is in it twice`);
      files.set(name, Buffer.from(content));
    };
    const parser = new Parser({
      strict: true,
      onReadEntry(entry) {
        count += 1;
        if (count > filesLimit) parser.abort(new RangeError(`it has more than ${filesLimit} files`));
        else reading.push(read(entry));
      },
    });
    parser.on('error', reject);
    parser.on('end', () => Promise.all(reading).then(() => resolve(), reject));
    parser.end(bytes);
  });
  return files;
}

function readBundle(source: string, files: Files, keys?: readonly string[]): Bundle {
  if (keys !== undefined) requireSigned(source, files, keys);
  const wasm = files.get('policy.wasm');
  if (wasm === undefined)
    throw new CountersignError(
      'policy_invalid',
      `${source} has no policy.wasm: build the bundle with "opa build -t wasm -e RULE/PATH"`,
    );
  for (const name of files.keys())
    if (/\/data\.(json|ya?ml)$/.test(name))
      throw new CountersignError(
        'policy_invalid',
        `${source}: ${name} is not in the data document: build the bundle with "opa build", which merges data files into one`,
      );
  const data = files.get('data.json')?.toString('utf8') ?? '{}';
  readObject(source, 'data.json', data);
  const manifest = files.get('.manifest')?.toString('utf8') ?? '{}';
  const { revision, metadata } = readObject(source, '.manifest', manifest);
  return {
    source,
    wasm: new Uint8Array(wasm),
    data,
    revision: typeof revision === 'string' ? revision : '',
    serial: serialOf(source, metadata),
    reads: readsOf(source, metadata),
    digest: digestOf(files),
  };
}

function readsOf(source: string, metadata: unknown): Reads {
  try {
    return readsIn(metadata);
  } catch (error) {
    throw new CountersignError(
      'policy_invalid',
      `${source}: ${error instanceof Error ? error.message : ''} in .manifest`,
    );
  }
}

function serialOf(source: string, metadata: unknown): number | null {
  const serial =
    typeof metadata === 'object' && metadata !== null && 'serial' in metadata ? metadata.serial : undefined;
  if (serial === undefined) return null;
  if (typeof serial === 'number' && Number.isSafeInteger(serial) && serial >= 0) return serial;
  throw new CountersignError('policy_invalid', `${source}: metadata.serial of .manifest: expected a whole number`);
}

interface Manifest {
  readonly revision?: unknown;
  readonly metadata?: unknown;
}

function readObject(source: string, name: string, text: string): Manifest {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below: the parser's own message quotes the content.
  }
  throw new CountersignError('policy_invalid', `${source}: expected ${name} to hold one JSON object: build it again`);
}

/** Names in byte order, names and contents length-prefixed, so that no two bundles give the same bytes. */
function digestOf(files: Files): string {
  const hash = createHash('sha256');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hash.update(length).update(bytes);
  };
  const named = [...files].map(([name, content]) => [Buffer.from(name), content] as const);
  for (const [name, content] of named.sort(([a], [b]) => Buffer.compare(a, b))) {
    add(name);
    add(content);
  }
  return hash.digest('hex');
}
