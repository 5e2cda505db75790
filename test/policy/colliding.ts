/** FNV-1 of 32 bits, by which OPA's modules place an object's keys, unseeded. The text is ASCII. */
function fnv(state: number, text: string): number {
  let hash = state;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 0x01000193) ^ text.charCodeAt(i);
  return hash;
}

/** Texts of one length and one hash, twice as many for each turn: by birthday, two blocks from one state to another. */
export function collidingKeys(turns: number): string[] {
  let state = 0x811c9dc5 | 0;
  let keys = [''];
  while (keys.length < 2 ** turns) {
    const seen = new Map<number, string>();
    for (let i = 1; ; i++) {
      const block = (Math.imul(i, 0x9e3779b1) >>> 0).toString(36).padStart(7, '0');
      const hash = fnv(state, block);
      const other = seen.get(hash);
      seen.set(hash, block);
      if (other === undefined) continue;
      keys = keys.flatMap((key) => [key + block, key + other]);
      state = hash;
      break;
    }
  }
  return keys;
}
