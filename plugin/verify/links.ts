/** One end of the link between a decision and its response, as an entry says it. */
export interface Link {
  /** Of the decision. */
  readonly seq: number;
  /** Of the entry that says so. */
  readonly by: number;
  /** Between which logs, as the caller numbers them. */
  readonly pair: number;
  /** RFC 9562, lower case. */
  readonly exchange: string | undefined;
  /** Hex SHA-256. */
  readonly planDigest: string | undefined;
}

/** Links in the order in which they came, 69 bytes each: of a log whose responses are in another there are as many as allows. */
export interface Links {
  readonly length: number;
  push(link: Link): void;
  at(index: number): Link;
  /** The link of a decision; null when there is none. Only for links that came in the order of `seq`. */
  find(seq: number): Link | null;
  /** Keeps those whose decision is still wanted. */
  keep(wanted: (seq: number) => boolean): void;
}

const rowBytes = 69;
const pairAt = 65;
const exchangeAt = 17;
const planAt = 33;
const rowsOfPiece = 4_096;
/** Bits of the byte that says which of the two are there. */
const has = { exchange: 1, planDigest: 2 } as const;

/** No links. */
export function openLinks(): Links {
  const pieces: Buffer[] = [];
  let length = 0;

  /** The piece that a row is in, and where in it. */
  function rowOf(index: number): readonly [Buffer, number] {
    const piece = pieces[Math.floor(index / rowsOfPiece)];
    if (piece === undefined || index >= length) throw new RangeError(`there is no link ${index}`);
    return [piece, (index % rowsOfPiece) * rowBytes];
  }

  function seqAt(index: number): number {
    const [piece, at] = rowOf(index);
    return piece.readDoubleBE(at);
  }

  return {
    get length() {
      return length;
    },
    push({ seq, by, pair, exchange, planDigest }) {
      if (length === pieces.length * rowsOfPiece) pieces.push(Buffer.allocUnsafeSlow(rowsOfPiece * rowBytes));
      length += 1;
      const [piece, at] = rowOf(length - 1);
      piece.writeDoubleBE(seq, at);
      piece.writeDoubleBE(by, at + 8);
      piece.writeUInt32BE(pair, at + pairAt);
      piece[at + 16] = (exchange === undefined ? 0 : has.exchange) | (planDigest === undefined ? 0 : has.planDigest);
      if (exchange !== undefined) piece.write(exchange.replaceAll('-', ''), at + exchangeAt, 'hex');
      if (planDigest !== undefined) piece.write(planDigest, at + planAt, 'hex');
    },
    at(index) {
      const [piece, at] = rowOf(index);
      const there = piece[at + 16] ?? 0;
      return {
        seq: piece.readDoubleBE(at),
        by: piece.readDoubleBE(at + 8),
        pair: piece.readUInt32BE(at + pairAt),
        exchange: there & has.exchange ? dashed(piece.toString('hex', at + exchangeAt, at + planAt)) : undefined,
        planDigest: there & has.planDigest ? piece.toString('hex', at + planAt, at + pairAt) : undefined,
      };
    },
    find(seq) {
      let [low, high] = [0, length];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (seqAt(middle) < seq) low = middle + 1;
        else high = middle;
      }
      return low < length && seqAt(low) === seq ? this.at(low) : null;
    },
    keep(wanted) {
      let kept = 0;
      for (let index = 0; index < length; index += 1) {
        const [from, at] = rowOf(index);
        if (!wanted(from.readDoubleBE(at))) continue;
        const [to, there] = rowOf(kept);
        from.copy(to, there, at, at + rowBytes);
        kept += 1;
      }
      length = kept;
      pieces.length = Math.ceil(length / rowsOfPiece);
    },
  };
}

const dashed = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
