/** HTTP/2 frames: RFC 9113 sections 4 and 6. */

/** Section 6: types of frames that a client may send, and those that we do. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of the types that have them. */
export const flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Section 7. */
export const errorCode = {
  noError: 0x0,
  protocol: 0x1,
  internal: 0x2,
  flowControl: 0x3,
  streamClosed: 0x5,
  frameSize: 0x6,
  refused: 0x7,
  cancel: 0x8,
  compression: 0x9,
  enhanceYourCalm: 0xb,
} as const;

/** Section 6.5.2. */
export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Section 3.4: what a client sends first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Bytes of a frame's header. */
export const frameHeader = 9;

/** The largest payload that we take, which is the default: section 6.5.2. A larger one would only hold a reader up. */
export const maxPayload = 16_384;

/** Windows and stream ids are 31 bits. */
export const maxWindow = 2 ** 31 - 1;

/** Writes a frame's header at `at`. */
export function writeFrameHeader(
  out: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): void {
  out.writeUIntBE(length, at, 3);
  out[at + 3] = type;
  out[at + 4] = flags;
  out.writeUInt32BE(stream, at + 5);
}

/** One whole frame. */
export function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(frameHeader + payload.length);
  writeFrameHeader(out, 0, payload.length, type, flags, stream);
  out.set(payload, frameHeader);
  return out;
}

/** A frame whose payload is a list of 32-bit numbers: WINDOW_UPDATE, RST_STREAM, GOAWAY. */
export function numbersFrame(type: number, stream: number, numbers: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(4 * numbers.length);
  for (const [index, number] of numbers.entries()) payload.writeUInt32BE(number, 4 * index);
  return frameOf(type, 0, stream, payload);
}

/** SETTINGS of the given pairs. */
export function settingsFrame(pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(6 * pairs.length);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return frameOf(frameType.settings, 0, 0, payload);
}

/** Takes one frame; false stops the reader for good. The payload is a view of what was read: copy what is kept. */
export type TakeFrame = (type: number, flags: number, stream: number, payload: Buffer) => boolean;

/** Cuts the bytes of a connection, however they arrive, into frames. Only a frame across two reads is copied. */
export function openFrameReader(take: TakeFrame, tooLong: (stream: number) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(frameHeader);
  /** Bytes of `header` or, once that is whole, of `frame` that are here. */
  let filled = 0;
  let frame: Buffer | null = null;
  let stopped = false;

  function emit(bytes: Buffer, at: number, length: number): void {
    const payload = bytes.subarray(at + frameHeader, at + frameHeader + length);
    stopped = !take(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5) & maxWindow, payload);
  }

  function lengthAt(bytes: Buffer, at: number): number {
    const length = bytes.readUIntBE(at, 3);
    if (length > maxPayload) {
      stopped = true;
      tooLong(bytes.readUInt32BE(at + 5) & maxWindow);
    }
    return length;
  }

  /** Goes on with a frame that began in an earlier read; returns how many bytes it took. */
  function complete(chunk: Buffer): number {
    let at = 0;
    if (frame === null) {
      at = chunk.copy(header, filled, 0, frameHeader - filled);
      filled += at;
      if (filled < frameHeader) return at;
      const length = lengthAt(header, 0);
      if (stopped) return at;
      frame = Buffer.allocUnsafe(frameHeader + length);
      header.copy(frame);
    }
    const took = chunk.copy(frame, filled, at);
    filled += took;
    if (filled === frame.length) {
      const whole = frame;
      frame = null;
      filled = 0;
      emit(whole, 0, whole.length - frameHeader);
    }
    return at + took;
  }

  return (chunk) => {
    let at = stopped || filled === 0 ? 0 : complete(chunk);
    while (!stopped && filled === 0 && chunk.length - at >= frameHeader) {
      const length = lengthAt(chunk, at);
      if (stopped) return;
      if (chunk.length - at < frameHeader + length) {
        frame = Buffer.allocUnsafe(frameHeader + length);
        filled = chunk.copy(frame, 0, at);
        return;
      }
      emit(chunk, at, length);
      at += frameHeader + length;
    }
    if (stopped || filled > 0 || at === chunk.length) return;
    header = Buffer.alloc(frameHeader);
    filled = chunk.copy(header, 0, at);
  };
}
