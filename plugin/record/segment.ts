import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import type { Part } from './store.ts';

/*
 * A segment: `CSREC001` | 16 bytes salt | frames. Frame: u32be n | u8 final | n bytes (ciphertext, 16 bytes tag).
 * Plaintext: u8 type | u32be milliseconds since the segment began | content.
 * AES-256-GCM with HKDF(key, salt, recording and part), nonce = index of the frame; the frame's first five bytes are
 * authenticated too. So no frame can be moved, left out or taken from another part, and only an end can be missing
 * (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, CRYPTO 2015).
 */

const magic = Buffer.from('CSREC001');
const saltBytes = 16;
const tagBytes = 16;
const frameHead = 5;
const plainHead = 5;

/** Bytes of a frame at most; the longest that is written is far below. A longer one is damage, not a cut. */
const frameLimit = 16_777_216;

/** What a frame holds: the head (JSON), a piece of content, or the end (JSON: digest, bytes, how it ended). */
export type FrameType = 'head' | 'data' | 'end';
const types: readonly FrameType[] = ['head', 'data', 'end'];

/** One frame in clear. `at` is milliseconds since the segment began. */
export interface Frame {
  readonly type: FrameType;
  readonly at: number;
  readonly content: Buffer;
}

/** Where a segment belongs, and the recording's key. */
export interface SegmentPlace {
  readonly key: Buffer;
  readonly recording: string;
  readonly part: Part;
}

/** Seals the frames of one new segment, in order. */
export interface Sealer {
  /** The first bytes of the segment. */
  readonly header: Buffer;
  /** The next frame. After a final one there is none. */
  seal(frame: { readonly type: FrameType; readonly at: number; readonly content: Uint8Array }, final: boolean): Buffer;
}

/** A new segment. Each has a key of its own, by its salt. */
export function sealSegment(place: SegmentPlace): Sealer {
  const salt = randomBytes(saltBytes);
  const key = segmentKey(place, salt);
  let index = 0;
  return {
    header: Buffer.concat([magic, salt]),
    seal({ type, at, content }, final) {
      const plain = Buffer.alloc(plainHead);
      plain.writeUInt8(types.indexOf(type), 0);
      plain.writeUInt32BE(Math.min(Math.max(0, Math.round(at)), 0xffff_ffff), 1);
      const head = Buffer.alloc(frameHead);
      head.writeUInt32BE(plainHead + content.length + tagBytes, 0);
      head.writeUInt8(final ? 1 : 0, 4);
      const cipher = createCipheriv('aes-256-gcm', key, nonce(index));
      index += 1;
      cipher.setAAD(head);
      return Buffer.concat([head, cipher.update(plain), cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

/**
 * The frames of a segment. `complete` is false when it has no final frame: its writer stopped, or its end was cut off.
 * @throws CountersignError `audit_damaged` when anything was changed, moved or added
 */
export function openSegment(
  place: SegmentPlace,
  bytes: Buffer,
): { readonly frames: readonly Frame[]; readonly complete: boolean } {
  const start = magic.length + saltBytes;
  if (bytes.length < start) return { frames: [], complete: false };
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw damaged(place, 'is not a recording of a version that is known');
  const key = segmentKey(place, bytes.subarray(magic.length, start));
  const frames: Frame[] = [];
  for (let at = start; at + frameHead <= bytes.length; ) {
    const head = bytes.subarray(at, at + frameHead);
    const length = head.readUInt32BE(0);
    if (length > frameLimit) throw damaged(place, `does not open at frame ${frames.length}`);
    const end = at + frameHead + length;
    if (end > bytes.length) break;
    frames.push(opened(place, key, frames.length, head, bytes.subarray(at + frameHead, end)));
    at = end;
    if (head.readUInt8(4) === 0) continue;
    if (at === bytes.length) return { frames, complete: true };
    throw damaged(place, 'goes on after its end');
  }
  return { frames, complete: false };
}

function opened(place: SegmentPlace, key: KeyObject, index: number, head: Buffer, sealed: Buffer): Frame {
  let plain: Buffer;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce(index), { authTagLength: tagBytes });
    decipher.setAAD(head);
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    plain = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw damaged(place, `does not open at frame ${index}`, cause);
  }
  const type = types[plain.length < plainHead ? -1 : plain.readUInt8(0)];
  if (type === undefined) throw damaged(place, `has an unknown frame ${index}`);
  return { type, at: plain.readUInt32BE(1), content: plain.subarray(plainHead) };
}

function nonce(index: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(index, 8);
  return bytes;
}

/** A key object, made once: OpenSSL would make one of the bytes for each frame. */
function segmentKey({ key, recording, part }: SegmentPlace, salt: Uint8Array): KeyObject {
  const label = `countersign/recording/segment/v1/${recording}/${part}`;
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, label, 32)));
}

function damaged({ recording, part }: SegmentPlace, what: string, cause?: unknown): CountersignError {
  return new CountersignError(
    'audit_damaged',
    `recording ${recording}: its ${part} ${what}: it was changed after it was written`,
    { cause },
  );
}
