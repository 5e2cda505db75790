import { createHash, randomUUIDv7 } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ledger, ReleaseOutcome } from '../audit/event.ts';
import { CountersignError, codeOf } from '../errors.ts';
import { type CompiledPlan, compilePlan } from '../mask/compile.ts';
import { changedHead } from '../mask/headers.ts';
import { type Masker, type MaskerContext, openMasker } from '../mask/masker.ts';
import { isEventStream } from '../mask/media.ts';
import type { Policy } from '../policy/policy.ts';
import type { ResponseDecision } from '../policy/respond.ts';
import type { Counters } from '../record/counters.ts';
import type { Recorder, RecordingSink } from '../record/recorder.ts';
import type { Header, JsonObject, ResponseHead } from '../request.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Pair } from './answer.ts';
import { travelledPlan } from './plan.ts';
import { type Responding, respond } from './respond.ts';
import { deniedReply, responseFacts, unlisted, withheld } from './responded.ts';
import { unpack } from './travel.ts';

/** What a response's first message says beside its head. */
export interface Opening {
  readonly head: ResponseHead;
  readonly endOfStream: boolean;
  /** Dynamic metadata by filter name. */
  readonly metadata: JsonObject;
  /** Response attributes by name. */
  readonly attributes: JsonObject;
}

/**
 * What the edge sends back, in this order. `body` with `end` closes the response. `masked`, on the last, is how many
 * values were masked in all: for the proxy's access log.
 */
export type Reply =
  | { readonly kind: 'headers'; readonly set: readonly Pair[]; readonly remove: readonly string[] }
  | { readonly kind: 'body'; readonly bytes: Uint8Array; readonly end: boolean; readonly masked?: number }
  | {
      readonly kind: 'trailers';
      readonly set?: readonly Pair[];
      readonly remove: readonly string[];
      readonly masked?: number;
    }
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly headers: readonly Pair[];
      readonly body: string;
      readonly detail: string;
    };

type Replies = readonly Reply[] | Promise<readonly Reply[]>;

/**
 * One response on its way to the caller: a method for each message of the stream. What a method returns is safe to
 * send. A method that throws, or rejects, means that the stream must end with an error: nothing more may leave.
 */
export interface Release {
  /** Null where no decision of ours stands behind the response. */
  readonly exchange: string | null;
  /** The hold whose grant it runs under; null without. */
  readonly grant: string | null;
  body(bytes: Buffer, endOfStream: boolean): Replies;
  trailers(trailers: readonly Header[]): Replies;
  /** The caller left, or the stream was cut, before its end: entered as what it was. */
  leave(outcome: 'aborted' | 'cut', detail: string): Promise<void>;
}

/** What release stands on. */
export interface ReleaseParts {
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly sessions: Pick<Counters, 'masked'>;
  readonly keys: Readonly<Record<string, Buffer>>;
  readonly telemetry: Telemetry;
  /** The policy in force, which may have a rule for responses; null while none is loaded. */
  readonly policy: () => Policy | null;
}

/** Bytes that are masked in one turn of the event loop: a few milliseconds' work where nearly every value is a hit. */
const turnBytes = 16_384;

/** How Envoy says that a response has an upstream's content (`response.code_details`): the router, and its cache. */
const fromUpstream = /^(via_upstream|cache\..*)$/;

/** What is masked where no decision stands behind: nothing, because only Envoy's own replies pass then. */
const nothing = compilePlan([]);

function contextOf({ attributes, endOfStream }: Opening): MaskerContext {
  const { 'request.method': method, 'request.path': path } = attributes;
  return {
    endOfStream,
    ...(typeof method === 'string' ? { method } : {}),
    ...(typeof path === 'string' ? { path } : {}),
  };
}

/** Opens the release of one response and answers its head. */
export function openRelease(
  parts: ReleaseParts,
  opening: Opening,
): { readonly release: Release; readonly replies: Replies } {
  const { head, attributes } = opening;
  const travelled = unpack(opening.metadata);
  const details = attributes['response.code_details'];
  /** Made by Envoy itself: no upstream's content is in it, and no upstream can say so. */
  const local = typeof details === 'string' && !fromUpstream.test(details);
  const started = performance.now();
  const hash = createHash('sha256');
  let length = 0;
  let plan: CompiledPlan = nothing;
  let masker: Masker | null = null;
  let sink: RecordingSink | null = null;
  let responding: Responding | null = null;
  let pendingHead: Reply | null = null;
  let ended = false;

  function start(): Replies {
    try {
      if (local) return pass({ set: [], remove: unlisted(head.headers) });
      if (travelled === null) return refuse(new CountersignError('release_unknown', unknownOrigin));
      plan = travelledPlan(travelled.plan, travelled.planDigest);
      responding = respond(parts.policy(), opening, travelled, { decided: plan, keys: parts.keys });
      if (responding !== null && !responding.decision.allowed) return deny(responding.decision, travelled.exchange);
      plan = responding?.plan ?? plan;
      masker = openMasker(plan, head, parts.keys, contextOf(opening));
      if ((responding?.record ?? travelled.record) === 'full') {
        sink = parts.recorder.response(travelled.exchange);
        sink.head(changedHead(head, masker.head));
      }
      return pass(masker.head);
    } catch (error) {
      return refuse(error);
    }
  }

  /**
   * The head waits for the first output that is certain, or the end; without masks everything is certain, and who opens
   * an event stream waits for its head (docs/masking.md): a fault can then only cut it.
   */
  function pass(changes: { readonly set: readonly Pair[]; readonly remove: readonly string[] }): Replies {
    pendingHead = { kind: 'headers', ...changes };
    if (opening.endOfStream) return finish([], 'head');
    return plan.empty || isEventStream(head) ? flushHead() : [];
  }

  function flushHead(): Reply[] {
    if (pendingHead === null) return [];
    const reply = pendingHead;
    pendingHead = null;
    return [reply];
  }

  /** What the masker let go, accounted and in the recording; the head goes in front of the first of it. */
  function emit(chunks: readonly Uint8Array[]): Reply[] {
    const replies: Reply[] = [];
    for (const bytes of chunks) {
      if (bytes.length === 0) continue;
      replies.push(...flushHead());
      length += bytes.length;
      hash.update(bytes);
      sink?.push(bytes);
      replies.push({ kind: 'body', bytes, end: false });
    }
    return replies;
  }

  function body(bytes: Buffer, endOfStream: boolean): Replies {
    if (ended) return [];
    try {
      if (masker === null) return passOn([bytes], endOfStream);
      if (!plan.empty && bytes.length > turnBytes) return inTurns(masker, bytes, endOfStream);
      return passOn(masker.push(bytes), endOfStream);
    } catch (error) {
      return fail(error);
    }
  }

  /** A long chunk is masked in several turns of the event loop: other exchanges go on in between (invariant 9). */
  async function inTurns(masker: Masker, bytes: Buffer, endOfStream: boolean): Promise<readonly Reply[]> {
    const sure: Uint8Array[] = [];
    try {
      for (let at = 0; at < bytes.length; at += turnBytes) {
        if (at > 0) await nextTurn();
        if (ended) return [];
        sure.push(...masker.push(bytes.subarray(at, at + turnBytes)));
      }
      return await passOn([Buffer.concat(sure)], endOfStream);
    } catch (error) {
      return fail(error);
    }
  }

  function passOn(sure: readonly Uint8Array[], endOfStream: boolean): Replies {
    const replies = emit(endOfStream ? [...sure, ...(masker?.end() ?? [])] : sure);
    return endOfStream ? finish(replies, 'body') : replies;
  }

  function trailers(lines: readonly Header[]): Replies {
    if (ended) return [];
    try {
      const replies = emit(masker?.end() ?? []);
      return finish(replies, 'trailers', lines);
    } catch (error) {
      return fail(error);
    }
  }

  /** Durable first, then the end is let go (invariant 3). */
  async function finish(
    replies: Reply[],
    by: 'head' | 'body' | 'trailers',
    lines: readonly Header[] = [],
  ): Promise<readonly Reply[]> {
    ended = true;
    const every = { set: [], remove: lines.map(({ name }) => name) };
    const changes = local ? every : (masker?.trailers(lines) ?? every);
    try {
      const recording = sink === null ? null : (await sink.finish()).recording;
      await enter(local ? 'local' : 'complete', recording, local ? String(details) : null);
    } catch (error) {
      ended = false;
      return fail(error);
    }
    replies.push(...flushHead());
    const masked = (masker?.findings() ?? []).reduce((sum, { count }) => sum + count, 0);
    if (by === 'trailers') {
      replies.push({ kind: 'trailers', ...changes, masked });
    }
    if (by === 'body') {
      const last = replies.at(-1);
      const bytes = last?.kind === 'body' ? last.bytes : new Uint8Array(0);
      if (last?.kind === 'body') replies.pop();
      replies.push({ kind: 'body', bytes, end: true, masked });
    }
    return replies;
  }

  /** Before the head went out the caller can still get a reason; afterwards the stream can only be cut. */
  function fail(error: unknown): Replies {
    if (pendingHead !== null) return refuse(error);
    throw error;
  }

  async function refuse(error: unknown): Promise<readonly Reply[]> {
    ended = true;
    pendingHead = null;
    const code = codeOf(error);
    const exchange = travelled?.exchange ?? randomUUIDv7();
    sink?.abort();
    parts.telemetry.failed(code);
    if (travelled === null) await parts.ledger.deviation('response without decision', unknownOrigin, exchange);
    await enter('refused', null, code).catch((cause: unknown) => parts.telemetry.failed(codeOf(cause)));
    return [withheld(error, exchange)];
  }

  /** The policy's own word on the response: nothing of it leaves, and the entry says that the upstream has executed. */
  async function deny(decision: ResponseDecision, exchange: string): Promise<readonly Reply[]> {
    ended = true;
    if (decision.fault !== null) parts.telemetry.failed('policy_error');
    await enter('refused', null, 'response_denied: the upstream has executed').catch((cause: unknown) =>
      parts.telemetry.failed(codeOf(cause)),
    );
    return [deniedReply(decision, exchange)];
  }

  async function leave(outcome: 'aborted' | 'cut', detail: string): Promise<void> {
    if (ended) return;
    ended = true;
    sink?.abort();
    await enter(outcome, null, detail);
  }

  async function enter(outcome: ReleaseOutcome, recording: string | null, detail: string | null): Promise<void> {
    const masks = masker?.findings() ?? [];
    await parts.ledger.responded(
      responseFacts(travelled, {
        status: head.status,
        length,
        digest: hash.copy().digest(),
        outcome,
        masks,
        recording,
        detail,
        ...(responding === null ? {} : { respond: responding.note }),
      }),
    );
    parts.telemetry.released(outcome, (performance.now() - started) / 1000, length);
    for (const { count } of masks) {
      parts.telemetry.masked(count);
      if (travelled !== null) parts.sessions.masked(travelled.session, count);
    }
  }

  const { exchange = null, grant = null } = travelled ?? {};
  return { release: { exchange, grant, body, trailers, leave }, replies: start() };
}

const unknownOrigin =
  'an upstream answered without our decision in the metadata: ext_authz must run before ext_proc on every route';
