/** A JSON string decoded to UTF-8, and where each byte came from. */
export interface Unescaped {
  readonly text: Uint8Array;
  /** Index in the raw bytes of the character that each byte of `text` belongs to; one more for the end. */
  readonly origins: Uint32Array;
}

const backslash = 0x5c;
const simple: ReadonlyMap<number, number> = new Map(
  [...'"\\/bfnrt'].map((char, i) => [char.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(i)]),
);

/** A byte that is in no text: a lone surrogate, which is no character, stands as this. */
const noText = 0xff;

/** Decodes what stands between the quotes of a JSON string, whose escapes are known to be sound. */
export function unescapeJson(raw: Uint8Array): Unescaped {
  const text = new Uint8Array(raw.length);
  const origins = new Uint32Array(raw.length + 1);
  let length = 0;
  for (let at = 0; at < raw.length; ) {
    const from = at;
    if (raw[at] !== backslash) {
      text[length] = raw[at++] as number;
      origins[length++] = from;
      continue;
    }
    const kind = raw[at + 1] as number;
    const one = simple.get(kind);
    at += 2;
    if (one !== undefined) {
      text[length] = one;
      origins[length++] = from;
      continue;
    }
    let unit = hex(raw, at);
    at += 4;
    if (unit >= 0xd800 && unit < 0xdc00 && raw[at] === backslash && raw[at + 1] === 0x75) {
      const low = hex(raw, at + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + low - 0xdc00;
        at += 6;
      }
    }
    const lone = unit >= 0xd800 && unit < 0xe000;
    for (const byte of lone ? [noText] : Buffer.from(String.fromCodePoint(unit))) {
      text[length] = byte;
      origins[length++] = from;
    }
  }
  origins[length] = raw.length;
  return { text: text.subarray(0, length), origins: origins.subarray(0, length + 1) };
}

function hex(raw: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(...raw.subarray(at, at + 4)), 16);
}
