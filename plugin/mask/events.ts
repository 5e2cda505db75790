import { CountersignError } from '../errors.ts';
import { openFollow } from './events/follow.ts';
import { openPlain } from './events/plain.ts';
import type { OpenRewriter } from './rewriter.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;

/** Fields of an event (WHATWG HTML, section 9.2.6); the empty name is a comment. Anything else is not passed. */
const fields: ReadonlySet<string> = new Set(['', 'data', 'event', 'id', 'retry']);
const longestField = 5;

/** What OpenAI's API and its many imitators end a stream with, where JSON is in all events before. */
const doneText = '[DONE]';

/** Bytes of line ends, comments and prefixes within the data of one event that may be held back. */
const window = 128 * 1024;

/** What stands between two `data` lines of one event: the end of the first, other lines, and how the next begins. */
interface Between {
  readonly lineEnd: string;
  readonly others: string;
  readonly prefix: string;
}

/**
 * Rewrites an event stream whose data is JSON, an event's data being one text whatever number of `data` lines it has.
 * All else leaves as it came: comments, ids, event names, line ends and the space after a colon. Where a mask takes a
 * line's end away, the rewritten text has fewer lines: they stand where the first of the old ones did. Empty data and
 * `[DONE]` pass; other data that is not JSON, and a field that the standard has not, are errors.
 */
export const openEventsRewriter: OpenRewriter = (work) => {
  /** Where texts are looked into an event leaves whole: what may belong to the next goes in front of it. */
  const whole = work.plan.search !== null;
  const text = whole ? openFollow(work) : openPlain(work);
  let out: Uint8Array[] = [];
  /** Index in `out` of the first bytes of the event that comes. */
  let eventStart = 0;
  let named = false;

  let phase: 'name' | 'afterColon' | 'data' | 'other' = 'name';
  let name = '';
  /** A carriage return came last: a line feed would belong to it. */
  let halfBreak = false;
  let lastWasData = false;
  let lastWasBlank = false;

  /** `data` lines of the event so far. */
  let dataLines = 0;
  /** The beginning of its first one while it may be `[DONE]`; null when that is decided. */
  let maybeDone: string | null = null;
  let isDone = false;
  /** What came since the last `data` line's end, and what stands between those whose text is not all let go. */
  let lineEnd = '';
  let others = '';
  let queue: Between[] = [];
  let queued = 0;

  function put(latin1: string): void {
    if (latin1 !== '') out.push(Buffer.from(latin1, 'latin1'));
  }

  /** Bytes that are no data: they wait while they stand between data. */
  function aside(latin1: string): void {
    if (dataLines === 0) put(latin1);
    else {
      others += latin1;
      queued += latin1.length;
      checkQueue();
    }
  }

  function checkQueue(): void {
    if (queued > window) throw malformed(`more than ${window} bytes between the data of one event`);
  }

  /** The text that is let go, with each line end and prefix as it was spelled. */
  function letGo(bytes: Uint8Array): void {
    let from = 0;
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, from)) {
      if (at > from) out.push(bytes.subarray(from, at));
      const between = queue.shift();
      if (between === undefined) throw malformed('its lines do not add up');
      queued -= between.lineEnd.length + between.others.length + between.prefix.length;
      put(between.lineEnd + between.others + between.prefix);
      from = at + 1;
    }
    if (bytes.length > from) out.push(from === 0 ? bytes : bytes.subarray(from));
  }

  function beginData(prefix: string): void {
    if (isDone) throw malformed('data follows [DONE]');
    if (++dataLines === 1) {
      put(prefix);
      maybeDone = '';
      return;
    }
    queue.push({ lineEnd, others, prefix });
    queued += prefix.length;
    lineEnd = others = '';
    checkQueue();
    letGo(text.push(Buffer.of(lineFeed)));
  }

  function takeData(bytes: Uint8Array): void {
    if (maybeDone === null) {
      letGo(text.push(bytes));
      return;
    }
    const so = maybeDone + Buffer.from(bytes.subarray(0, doneText.length + 1)).toString('latin1');
    if (doneText.startsWith(so)) {
      maybeDone = so;
      return;
    }
    undecided();
    letGo(text.push(bytes));
  }

  function undecided(): void {
    const held = maybeDone;
    maybeDone = null;
    if (held !== null && held !== '') letGo(text.push(Buffer.from(held, 'latin1')));
  }

  function endData(): void {
    if (maybeDone === doneText) {
      isDone = true;
      put(doneText);
      maybeDone = null;
    } else undecided();
  }

  /** Events of our own, in front of the bytes from `at` on. */
  function insert(data: readonly string[], at: number): void {
    const events = data.map((one) => Buffer.from(`${named ? eventLine(one) : ''}data: ${one}\n\n`));
    out.splice(at, 0, ...events);
  }

  function endEvent(): void {
    if (dataLines === 0) return;
    if (text.begun) letGo(text.end());
    insert(isDone ? text.rest() : text.before(), eventStart);
    const rest = [...queue, { lineEnd, others, prefix: '' }];
    put((rest[0]?.lineEnd ?? '') + rest.map((between) => between.others).join(''));
    queue = [];
    lineEnd = others = '';
    queued = dataLines = 0;
    isDone = false;
  }

  /** The line ends, with these bytes. */
  function endLine(spelled: string): void {
    const blank = phase === 'name' && name === '';
    const wasData = phase === 'data' || phase === 'afterColon' || (phase === 'name' && name === 'data');
    if (phase === 'name') {
      if (!fields.has(name)) throw malformed('a line has no field that event streams know');
      if (name === 'data') beginData('data');
      else if (name !== '') aside(name);
      else if (spelled !== '') endEvent();
    }
    if (phase === 'afterColon') beginData('data:');
    if (wasData) {
      endData();
      lineEnd = spelled;
      queued += spelled.length;
    } else aside(spelled);
    if (blank) eventStart = out.length;
    lastWasBlank = blank;
    lastWasData = wasData;
    phase = 'name';
    name = '';
  }

  /** The line feed of a line end whose carriage return came before. */
  function completeBreak(): void {
    if (lastWasData && dataLines > 0) lineEnd += '\n';
    else aside('\n');
    if (lastWasBlank) eventStart = out.length;
  }

  /** A byte of a field's name, or the colon after it. */
  function takeName(byte: number): void {
    if (byte !== colon) {
      name += String.fromCharCode(byte);
      if (name.length > longestField) throw malformed('a line has no field that event streams know');
      return;
    }
    if (!fields.has(name)) throw malformed('a line has no field that event streams know');
    named ||= name === 'event';
    if (name === 'data') phase = 'afterColon';
    else {
      aside(`${name}:`);
      phase = 'other';
    }
  }

  function scan(b: Buffer): void {
    const nextFeed = finder(b, lineFeed);
    const nextReturn = finder(b, carriageReturn);
    for (let at = 0; at < b.length; ) {
      const byte = b[at] as number;
      if (halfBreak) {
        halfBreak = false;
        if (byte === lineFeed) {
          completeBreak();
          at++;
          continue;
        }
      }
      if (byte === lineFeed || byte === carriageReturn) {
        halfBreak = byte === carriageReturn;
        endLine(String.fromCharCode(byte));
        at++;
      } else if (phase === 'name') {
        takeName(byte);
        at++;
      } else if (phase === 'afterColon') {
        phase = 'data';
        beginData(byte === space ? 'data: ' : 'data:');
        if (byte === space) at++;
      } else {
        const end = Math.min(nextFeed(at), nextReturn(at));
        if (phase === 'data') takeData(b.subarray(at, end));
        else aside(b.toString('latin1', at, end));
        at = end;
      }
    }
  }

  function taken(upTo: number): Uint8Array {
    const sure = out.slice(0, upTo);
    out = out.slice(upTo);
    eventStart = 0;
    if (out.reduce((sum, { length }) => sum + length, 0) > window)
      throw malformed(`more than ${window} bytes in one event`);
    return sure.length === 1 ? (sure[0] as Uint8Array) : Buffer.concat(sure);
  }

  return {
    push(chunk) {
      scan(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
      return taken(whole ? eventStart : out.length);
    },
    end() {
      if (phase !== 'name' || name !== '') endLine('');
      endEvent();
      insert(text.rest(), out.length);
      return taken(out.length);
    },
  };
};

/** The name of an event, where the stream has names: the type that its data says. */
function eventLine(data: string): string {
  const { type }: { readonly type?: unknown } = JSON.parse(data);
  return typeof type === 'string' && /^[\w.]+$/.test(type) ? `event: ${type}\n` : '';
}

/** Index of the next such byte from `at` on, the length where none is; a byte is looked at once. */
function finder(b: Buffer, byte: number): (at: number) => number {
  let found = -1;
  return (at) => {
    if (found < at) {
      found = b.indexOf(byte, at);
      if (found < 0) found = b.length;
    }
    return found;
  };
}

function malformed(what: string): CountersignError {
  return new CountersignError(
    'mask_impossible',
    `the response is not the event stream of JSON that masks can be applied to: ${what}`,
  );
}
