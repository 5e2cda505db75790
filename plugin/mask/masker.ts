import { CountersignError } from '../errors.ts';
import { type Header, headerText, type ResponseHead } from '../request.ts';
import type { CompiledPlan } from './compile.ts';
import { openDecoded } from './encoding.ts';
import { openBody } from './framing.ts';
import { type HeaderChanges, type HeaderWork, responseHeaderChanges, trailerChanges } from './headers.ts';
import { bodyless, decoderOf, mediaOf } from './media.ts';
import { operationsOf } from './operators.ts';
import { noBytes, type Rewriter } from './rewriter.ts';

/** How often a mask was applied. */
export interface Finding {
  readonly rule: string;
  /** The plan's selector, never a name or a value of the body. */
  readonly field: string;
  readonly count: number;
}

/** A body on its way through the masks. What a method returns may leave; after an error every call throws it again. */
export interface Masker {
  /** What changes in the response's head. */
  readonly head: HeaderChanges;
  /** What changes in its trailers. */
  trailers(lines: readonly Header[]): HeaderChanges;
  /** @throws CountersignError `mask_impossible` when the body is not what it claims to be */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** @throws CountersignError `mask_impossible` when the body is not complete */
  end(): readonly Uint8Array[];
  /** What was masked so far; rows past 64 are one row `other`. */
  findings(): readonly Finding[];
}

/** What is known of the exchange beside the response's head. */
export interface MaskerContext {
  /** The request's method. */
  readonly method?: string;
  /** The request's path. */
  readonly path?: string;
  /** The head is all: no body follows. */
  readonly endOfStream?: boolean;
}

/**
 * Opens the masks of a plan on one response.
 * @throws CountersignError `mask_impossible` when the response's framing, encoding or charset is not known for certain;
 * `mask_invalid` when a key is missing
 */
export function openMasker(
  plan: CompiledPlan,
  head: ResponseHead,
  keys: Readonly<Record<string, Buffer>>,
  context: MaskerContext = {},
): Masker {
  const counts = new Float64Array(plan.masks.length);
  const hit = (mask: number) => {
    counts[mask] = (counts[mask] ?? 0) + 1;
  };
  const work: HeaderWork = { plan, operations: plan.masks.length === 0 ? [] : operationsOf(plan, keys), hit };
  const rewriter = openRewriter(work, head, context);
  return {
    ...failStop(rewriter, () => tally(plan, counts)),
    head: responseHeaderChanges(work, head),
    trailers: (lines) => trailerChanges(work, lines),
  };
}

function openRewriter(work: HeaderWork, head: ResponseHead, context: MaskerContext): Rewriter {
  if (work.plan.empty) return verbatim;
  if (context.endOfStream || bodyless(head, context.method)) return nothing;
  const open = () => {
    const decoder = decoderOf(head);
    const rewriter = openBody({ ...work, media: mediaOf(head), path: context.path ?? null, depth: 0 });
    return decoder === null ? rewriter : openDecoded(decoder, rewriter);
  };
  return headerText(head.headers, 'content-type') === undefined ? fromFirstByte(open) : open();
}

/**
 * A response that claims nothing and has no byte has nothing to hide: a 202 has often neither length nor type. What can't
 * be read is told with the first byte, and the head waits until then.
 */
function fromFirstByte(open: () => Rewriter): Rewriter {
  let opened: Rewriter | null = null;
  return {
    push(chunk) {
      if (chunk.length === 0) return noBytes;
      opened ??= open();
      return opened.push(chunk);
    },
    end: () => opened?.end() ?? noBytes,
  };
}

const verbatim: Rewriter = { push: (chunk) => chunk, end: () => noBytes };

/** The body of a response that has none: nobody knows what a byte of it would be. */
const nothing: Rewriter = {
  push(chunk) {
    if (chunk.length === 0) return noBytes;
    throw new CountersignError('mask_impossible', 'a body came with a response that has none');
  },
  end: () => noBytes,
};

/** Nothing leaves after an error or the end, whatever is pushed. */
function failStop(rewriter: Rewriter, findings: () => readonly Finding[]): Omit<Masker, 'head' | 'trailers'> {
  let fault: unknown = null;
  let ended = false;
  function step(run: () => Uint8Array): readonly Uint8Array[] {
    if (fault !== null) throw fault;
    if (ended) throw new CountersignError('mask_impossible', 'the body has ended');
    try {
      const bytes = run();
      return bytes.length === 0 ? [] : [bytes];
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  return {
    push: (chunk) => step(() => rewriter.push(chunk)),
    end() {
      const last = step(() => rewriter.end());
      ended = true;
      return last;
    },
    findings,
  };
}

/** Rows that an entry may have (audit.ts bounds an entry's size). */
const rowLimit = 64;

function tally(plan: CompiledPlan, counts: Float64Array): readonly Finding[] {
  const rows = plan.masks
    .map(({ rule, field }, mask) => ({ rule, field, count: counts[mask] ?? 0 }))
    .filter(({ count }) => count > 0);
  if (rows.length <= rowLimit) return rows;
  const rest = rows.slice(rowLimit).reduce((sum, { count }) => sum + count, 0);
  return [...rows.slice(0, rowLimit), { rule: 'other', field: 'other', count: rest }];
}
