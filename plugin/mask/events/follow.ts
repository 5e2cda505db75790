import type { Json } from '../../request.ts';
import { buildAutomaton } from '../automaton.ts';
import type { CompiledPlan } from '../compile.ts';
import { type JsonText, openJsonText } from '../json/text.ts';
import { impossible } from '../media.ts';
import { maskText } from '../nested.ts';
import type { Operation } from '../operators.ts';
import { holdLimit, noBytes, type Work } from '../rewriter.ts';
import { openScan, type Scan } from '../text/scan.ts';
import { type Delta, deltasOf, stepsOf } from './deltas.ts';

/** The data of events, one text after the other. */
export interface EventText extends JsonText {
  /** The data of further events, that have to stand in front of the event whose data has ended. */
  before(): readonly string[];
  /** The same, when no event comes any more. */
  rest(): readonly string[];
}

/** A text that comes in pieces. */
interface Channel {
  readonly scan: Scan;
  /** The event that its last piece came in, and all pieces in that. */
  data: string;
  delta: Delta;
  deltas: readonly Delta[];
}

/** Texts that come at the same time. */
const channelLimit = 64;

/**
 * Looks into the data of events when all of it came, and follows the texts that come in pieces (the words of a language
 * model) from event to event: what may be the beginning of a match leaves with a later event, the last of it with an
 * event of its own in front of the one that ends the text.
 */
export function openFollow(work: Work): EventText {
  const channels = new Map<string, Channel>();
  let data: Uint8Array[] = [];
  let length = 0;
  let inFront: string[] = [];

  function take(): Buffer {
    const bytes = Buffer.concat(data);
    data = [];
    length = 0;
    return bytes;
  }

  /** The data with each piece become what `pieceOf` makes of it, and all else masked. */
  function rewrite(
    text: Buffer,
    deltas: readonly Delta[],
    pieceOf: (delta: Delta, piece: string) => string,
  ): Uint8Array {
    const followed = followedPlan(work.plan, deltas);
    const operations: readonly Operation[] = [
      ...work.operations,
      ...deltas.map((delta) => pieceOperation((piece) => pieceOf(delta, piece))),
    ];
    const hit = (mask: number) => (mask < work.operations.length ? work.hit(mask) : undefined);
    const json = openJsonText({ ...work, plan: followed, operations, hit });
    const first = Buffer.from(json.push(text));
    return Buffer.concat([first, json.end()]);
  }

  function channelOf(delta: Delta, deltas: readonly Delta[], data: string): Channel {
    const there = channels.get(delta.channel);
    if (there !== undefined) return Object.assign(there, { data, delta, deltas });
    if (channels.size >= channelLimit) throw impossible(`more than ${channelLimit} texts come at once`);
    const channel = { scan: openScan(work), data, delta, deltas };
    channels.set(delta.channel, channel);
    return channel;
  }

  /** The data of an event that has the rest of a text; none where nothing is held back. */
  function restOf({ scan, data, delta, deltas }: Channel): readonly string[] {
    const held = Buffer.from(scan.end()).toString('utf8');
    if (held === '') return [];
    const rewritten = rewrite(Buffer.from(data), deltas, (one) => (one === delta ? held : ''));
    return [
      Buffer.from(rewritten)
        .toString('utf8')
        .replaceAll(/[\r\n]/g, ' '),
    ];
  }

  function end(ends: readonly string[]): string[] {
    const ended = [...channels].filter(([name]) => ends.some((prefix) => name.startsWith(prefix)));
    return ended.flatMap(([name, channel]) => {
      channels.delete(name);
      return restOf(channel);
    });
  }

  function event(bytes: Buffer): Uint8Array {
    const parsed = parse(bytes.toString('utf8'));
    if (parsed === null) {
      if (!work.plan.scan) return rewrite(bytes, [], () => '');
      return Buffer.from(maskText(bytes.toString('utf8'), work) ?? bytes);
    }
    const { deltas, ends } = deltasOf(parsed.value);
    const text = bytes.toString('utf8');
    const masked = rewrite(bytes, deltas, (delta, piece) => {
      if (!piece.isWellFormed()) throw impossible('a piece of a text ends within a character');
      const { scan } = channelOf(delta, deltas, text);
      const sure = Buffer.from(scan.push(Buffer.from(piece)));
      if (!ends.some((prefix) => delta.channel.startsWith(prefix))) return sure.toString('utf8');
      channels.delete(delta.channel);
      return sure.toString('utf8') + Buffer.from(scan.end()).toString('utf8');
    });
    inFront = end(ends);
    return masked;
  }

  return {
    push(chunk) {
      length += chunk.length;
      if (length > holdLimit) throw impossible(`the data of an event is longer than ${holdLimit} bytes`);
      data.push(Buffer.from(chunk));
      return noBytes;
    },
    get begun() {
      return data.some((bytes) => bytes.some((byte) => byte > 0x20));
    },
    end: () => event(take()),
    before() {
      const events = inFront;
      inFront = [];
      return events;
    },
    rest: () => end(['']),
  };
}

function parse(text: string): { readonly value: Json } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** A piece is replaced by what is certain of its text. What is no string stays out of this: no delta names it. */
function pieceOperation(pieceOf: (piece: string) => string): Operation {
  const text = (piece: string) => Buffer.from(JSON.stringify(pieceOf(piece)));
  return {
    outcome: (kind) => (kind === 'string' ? 'value' : Buffer.from('null')),
    replace: text,
    replacePlain: () => null,
    replacePart: (part) => Buffer.from(part),
    part: (part) => part,
    text: (value) => value,
  };
}

/** The plans by where pieces stand: a stream has few such places. */
const followedPlans = new WeakMap<CompiledPlan, Map<string, CompiledPlan>>();
const placesLimit = 64;

/** The plan with one mask more for each piece, weaker than all that the policy says. */
function followedPlan(plan: CompiledPlan, deltas: readonly Delta[]): CompiledPlan {
  if (deltas.length === 0) return plan;
  const known = followedPlans.get(plan) ?? new Map<string, CompiledPlan>();
  followedPlans.set(plan, known);
  const key = JSON.stringify(deltas.map(({ way }) => way));
  const there = known.get(key);
  if (there !== undefined) return there;
  const root = buildAutomaton([...plan.ways, ...deltas.map(({ way }) => stepsOf(way))]);
  const followed = { ...plan, root, drops: [...plan.drops, ...deltas.map(() => false)] };
  if (known.size >= placesLimit) known.clear();
  known.set(key, followed);
  return followed;
}
