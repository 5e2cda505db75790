import type { CompiledPlan } from './compile.ts';
import type { Operation } from './operators.ts';

/** One framing's rewriter: bytes in, bytes out. What it can't let go yet it holds back, within the bound it states. */
export interface Rewriter {
  /** @throws CountersignError `mask_impossible` when the body is not what it claims to be */
  push(chunk: Uint8Array): Uint8Array;
  /** @throws CountersignError `mask_impossible` when the body is not complete */
  end(): Uint8Array;
}

/** What a body says it is: the media type in lower case, its parameters by name. */
export interface Media {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a rewriter works with. */
export interface Work {
  readonly plan: CompiledPlan;
  /** By mask. */
  readonly operations: readonly Operation[];
  /** Counts one application of that mask. */
  hit(mask: number): void;
  readonly media: Media;
  /** The request's path, where it is known: names a gRPC method. */
  readonly path: string | null;
  /** Bodies and texts that this one stands within. */
  readonly depth: number;
}

export type OpenRewriter = (work: Work) => Rewriter;

/** Bytes that a rewriter may hold back: one field, one name, one value whose replacement depends on all of it. */
export const holdLimit = 128 * 1024;

/** Bodies within bodies, texts within texts: a deeper one is an error. */
export const nestingLimit = 4;

/** Nothing. */
export const noBytes = new Uint8Array(0);
