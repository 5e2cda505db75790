/** The two clocks of the machine, milliseconds. */
export interface Clocks {
  /** Since 1970; may be set. */
  readonly wall: () => number;
  /** Since whenever; never set, but stands still while the machine sleeps. */
  readonly steady: () => number;
}

const machine: Clocks = { wall: Date.now, steady: () => performance.now() };

/**
 * Milliseconds since 1970 that never go back: a clock that is set back can't give an approval more time, and a machine
 * that slept wakes up in the present. A clock that is set ahead ends holds early, which refuses and admits nobody.
 */
export function steadyClock({ wall, steady }: Clocks = machine): () => number {
  let [last, at] = [wall(), steady()];
  return () => {
    const now = steady();
    last = Math.max(wall(), last + Math.max(0, now - at));
    at = now;
    return Math.floor(last);
  };
}
