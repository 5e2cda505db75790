/** What a peer may do to a connection: RFC 9113 section 10.5. */

/** Bounds of one connection. */
export interface Limits {
  /** Bytes of one gRPC message; larger ones are RESOURCE_EXHAUSTED. Envoy's body chunks reach 1.4 MB. */
  readonly maxMessageBytes: number;
  /** Bytes that a peer may send on a stream that we don't read. */
  readonly streamWindowBytes: number;
  /** Bytes that a peer may have under way on a connection. They are credited as they come: a paused stream stops no other. */
  readonly connectionWindowBytes: number;
  /** Names, values and 32 bytes a field of one header list. */
  readonly maxHeaderListBytes: number;
  /** Calls at once on one connection: each held Check is one. */
  readonly maxConcurrentCalls: number;
  /** Bytes that wait for a peer which does not read; one with more is cut. */
  readonly maxUnwrittenBytes: number;
  /** Milliseconds for the preface, and for a peer to take what was written. */
  readonly patience: number;
  /** Frames that mean nothing (pings, settings, empty ones) or are wrong, at once and a second: more end the connection. */
  readonly glitches: Rate;
  /**
   * Calls that the peer reset before they were answered, at once and a second: more and the connection is read no faster
   * than that. It is not cut, since the resets are callers who hung up, and holds of others are on it. Resets of what was
   * answered are free: Envoy ends every ext_proc stream so.
   */
  readonly abandoned: Rate;
}

/** A budget: `burst` at once, refilled by `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** The bounds in force unless others are given. */
export const defaultLimits: Limits = {
  maxMessageBytes: 8 * MiB,
  streamWindowBytes: MiB,
  connectionWindowBytes: 16 * MiB,
  maxHeaderListBytes: 64 * KiB,
  maxConcurrentCalls: 100_000,
  maxUnwrittenBytes: 4 * MiB,
  patience: 30_000,
  glitches: { burst: 1_000, perSecond: 100 },
  abandoned: { burst: 20_000, perSecond: 2_000 },
};

/** Takes one from a budget; says how many milliseconds it is overdrawn by (0: within it). */
export type Charge = (now: number) => number;

/** A token bucket. */
export function openBudget({ burst, perSecond }: Rate, start: number): Charge {
  let left = burst;
  let last = start;
  return (now) => {
    // A clock that goes back refills nothing.
    left = Math.min(burst, left + (Math.max(0, now - last) * perSecond) / 1_000) - 1;
    last = now;
    return left >= 0 ? 0 : Math.ceil((-left * 1_000) / perSecond);
  };
}
