import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

/** The private keys of a log: whoever has them can write anything, and the verifier must still see a lie. */
export interface Keys {
  readonly signer: KeyObject;
  readonly signerPublic: KeyObject;
  readonly log: KeyObject;
  readonly logPublic: KeyObject;
}

/** One batch to forge: its entries, and how its statement lies. */
export interface Batch {
  readonly entries: readonly Buffer[];
  /** Rewrites the honest statement. */
  readonly lie?: (statement: { predicate: Record<string, unknown>; subject: Record<string, unknown>[] }) => void;
  /** Rewrites the statement's text before it is signed. */
  readonly retext?: (text: string) => string;
}

export function freshKeys(): Keys {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  return { signer: ec.privateKey, signerPublic: ec.publicKey, log: ed.privateKey, logPublic: ed.publicKey };
}

const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

const frame = (bytes: Buffer, size: 2 | 4): Buffer => {
  const length = Buffer.alloc(size);
  length.writeUIntBE(bytes.length, 0, size);
  return Buffer.concat([length, bytes]);
};

/** RFC 6962 by its definition, slow and plain. */
export function plainRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return leaves[0] as Buffer;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.from([1]), plainRoot(leaves.slice(0, split)), plainRoot(leaves.slice(split)));
}

/** Batches as they stand in a log's segments. */
export function readBatches(folder: string): Batch[] {
  return readdirSync(join(folder, 'segments'))
    .sort()
    .flatMap((name) => {
      const bytes = readFileSync(join(folder, 'segments', name));
      const batches: Batch[] = [];
      for (let at = 16; at < bytes.length; ) {
        const payload = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at));
        let inner = 1 + 4 + payload.readUInt32BE(1);
        inner += 2 + payload.readUInt16BE(inner);
        const count = payload.readUInt16BE(inner);
        inner += 2;
        const entries = Array.from({ length: count }, () => {
          const from = inner + 4;
          inner = from + payload.readUInt32BE(inner);
          return Buffer.from(payload.subarray(from, inner));
        });
        batches.push({ entries });
        at += 8 + payload.length;
      }
      return batches;
    });
}

/** A segment's file of records. */
export function segmentBytes(first: number, payloads: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(16);
  header.write('CSAUDIT1', 'latin1');
  header.writeBigUInt64BE(BigInt(first), 8);
  const records = payloads.map((payload) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(payload.length);
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(Buffer.concat([length, payload])));
    return Buffer.concat([length, crc, payload]);
  });
  return Buffer.concat([header, ...records]);
}

/** A note signed by the log's key. */
export function signNote(origin: string, size: number, root: Buffer, keys: Keys): string {
  const body = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const raw = keys.logPublic.export({ type: 'spki', format: 'der' }).subarray(12);
  const id = sha256(`${origin}\n`, Buffer.from([1]), raw);
  const signature = Buffer.concat([id.subarray(0, 4), sign(null, Buffer.from(body), keys.log)]);
  return `${body}\n— ${origin} ${signature.toString('base64')}\n`;
}

/** The text of `vkey` for the log's key. */
export function vkeyOf(origin: string, keys: Keys): string {
  const raw = keys.logPublic.export({ type: 'spki', format: 'der' }).subarray(12);
  const id = sha256(`${origin}\n`, Buffer.from([1]), raw);
  return `${origin}+${id.toString('hex', 0, 4)}+${Buffer.concat([Buffer.from([1]), raw]).toString('base64')}`;
}

function put(file: string, bytes: Buffer | string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

function tilePath(level: number | string, index: number): string {
  const digits = `${index}`.padStart(index < 1000 ? 3 : 6, '0');
  return `tile/${level}/${digits.length === 3 ? digits : `x${digits.slice(0, 3)}/${digits.slice(3)}`}`;
}

/**
 * Writes segment, tiles and checkpoint so that they agree with each other, whatever the batches say. Replaces what is
 * there; leaves the identity files alone.
 */
export function forge(
  folder: string,
  origin: string,
  epoch: number,
  batches: readonly Batch[],
  keys: Keys,
  published: number = batches.length,
): { readonly leaves: readonly Buffer[]; readonly checkpoint: string } {
  const spki = keys.signerPublic.export({ type: 'spki', format: 'der' }).toString('base64');
  const leaves: Buffer[] = [];
  const bodies: Buffer[] = [];
  let seq = 0;
  const payloads = batches.map(({ entries, lie, retext }, batch) => {
    const first = seq;
    seq += entries.length;
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      predicate: {
        batch,
        count: entries.length,
        epoch,
        firstSeq: first,
        origin,
        prevBatch: leaves.at(-1)?.toString('hex') ?? null,
      },
      predicateType: 'https://countersign.dev/audit/batch/v1',
      subject: entries.map((entry, index) => ({
        digest: { sha256: sha256(entry).toString('hex') },
        name: `${first + index}`,
      })),
    };
    lie?.(statement);
    const text = Buffer.from(retext?.(JSON.stringify(statement)) ?? JSON.stringify(statement));
    const encoding = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${text.length} `), text]);
    const signature = sign('sha256', encoding, keys.signer);
    const body = Buffer.from(
      JSON.stringify({
        apiVersion: '0.0.2',
        kind: 'hashedrekord',
        spec: {
          hashedRekordV002: {
            data: { algorithm: 'SHA2_256', digest: sha256(encoding).toString('base64') },
            signature: {
              content: signature.toString('base64'),
              verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: spki } },
            },
          },
        },
      }),
    );
    bodies.push(body);
    leaves.push(sha256(Buffer.from([0]), body));
    const count = Buffer.alloc(2);
    count.writeUInt16BE(entries.length);
    return Buffer.concat([
      Buffer.from([1]),
      frame(text, 4),
      frame(signature, 2),
      count,
      ...entries.map((entry) => frame(entry, 4)),
    ]);
  });
  for (const part of ['segments', 'tile']) rmSync(join(folder, part), { recursive: true, force: true });
  put(join(folder, 'segments', `${'0'.repeat(16)}.seg`), segmentBytes(0, payloads));
  putTiles(folder, leaves.slice(0, published), bodies.slice(0, published));
  const checkpoint = signNote(origin, published, plainRoot(leaves.slice(0, published)), keys);
  put(join(folder, 'checkpoint'), checkpoint);
  return { leaves, checkpoint };
}

function putTiles(folder: string, leaves: readonly Buffer[], bodies: readonly Buffer[]): void {
  for (let index = 0; index * 256 < bodies.length; index += 1) {
    const part = bodies.slice(index * 256, index * 256 + 256);
    const suffix = part.length === 256 ? '' : `.p/${part.length}`;
    put(join(folder, `${tilePath('entries', index)}${suffix}`), Buffer.concat(part.map((body) => frame(body, 2))));
  }
  let row = leaves;
  for (let level = 0; row.length > 0; level += 1) {
    const next: Buffer[] = [];
    for (let index = 0; index * 256 < row.length; index += 1) {
      const part = row.slice(index * 256, index * 256 + 256);
      const suffix = part.length === 256 ? '' : `.p/${part.length}`;
      put(join(folder, `${tilePath(level, index)}${suffix}`), Buffer.concat(part));
      if (part.length === 256) next.push(plainRoot(part));
    }
    row = next;
  }
}
