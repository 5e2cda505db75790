import type { Found } from './entries.ts';

/** One step of a hold. */
export interface Step {
  readonly seq: number;
  readonly time: number;
  readonly transition: string;
  readonly approver: string;
  readonly group: string;
}

/** An action that people had to approve. */
export interface HeldAction {
  readonly hold: string;
  exchange: string;
  asker: string;
  rule: string;
  /** Method, authority and path; empty where the decision is outside the period. */
  action: string;
  readonly steps: Step[];
}

/** Something that should not have happened, and what people did about it. */
export interface Deviation {
  readonly seq: number;
  readonly time: number;
  readonly what: string;
  readonly detail: string;
  readonly count: number;
  /** Acknowledged, resolved: by whom, and what they said. */
  readonly steps: DeviationStep[];
}

/** One step on a deviation. */
interface DeviationStep {
  readonly seq: number;
  readonly time: number;
  readonly state: string;
  readonly by: string;
  readonly detail: string;
}

/** A stretch without entries longer than a heartbeat explains. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly seq: number;
  readonly why: 'stopped in order' | 'ended without a close' | 'silent';
}

/** Counts by names: the key is a JSON array of them. */
export type Counts = ReadonlyMap<string, number>;

/** What happened in a period, as its entries say. */
export interface Period {
  readonly entries: number;
  readonly first: number;
  readonly last: number;
  readonly kinds: Counts;
  /** By verdict; by principal and verdict; by rule and verdict. */
  readonly verdicts: Counts;
  readonly principals: Counts;
  readonly rules: Counts;
  /** Values masked, by rule and field. */
  readonly masks: Counts;
  readonly holds: readonly HeldAction[];
  readonly deviations: readonly Deviation[];
  /** Entries of these kinds as they are. */
  readonly disclosures: readonly Found[];
  readonly changes: readonly Found[];
  readonly gaps: readonly Gap[];
  /** Rows left out of the lists above, which hold 5,000 each at most. */
  readonly left: number;
}

/** A heartbeat comes each 60 s where nothing else does; milliseconds. */
const longestSilence = 90_000;
const rowLimit = 5_000;

/** Where rows of a kind go. */
const lists: Readonly<Record<string, 'disclosures' | 'changes'>> = {
  disclosure: 'disclosures',
  erasure: 'disclosures',
  policy: 'changes',
  config: 'changes',
  credential: 'changes',
  keyRotate: 'changes',
  boot: 'changes',
};

/** Tallies entries in order; memory grows with principals, rules and listed rows, not with entries. */
export function tally(entries: Iterable<Found>): Period {
  const counts = { kinds: counter(), verdicts: counter(), principals: counter(), rules: counter(), masks: counter() };
  const rows = { disclosures: [] as Found[], changes: [] as Found[] };
  const deviations = new Map<string, Deviation>();
  const holds = new Map<string, HeldAction>();
  const gaps: Gap[] = [];
  let [entryCount, first, last, left] = [0, 0, 0, 0];
  let before = '';

  function keep<Row>(list: Row[], row: Row): void {
    if (list.length < rowLimit) list.push(row);
    else left += 1;
  }

  function holdOf(hold: string): HeldAction | null {
    const known = holds.get(hold);
    if (known !== undefined) return known;
    if (holds.size >= rowLimit) {
      left += 1;
      return null;
    }
    const action = { hold, exchange: '', asker: '', rule: '', action: '', steps: [] };
    holds.set(hold, action);
    return action;
  }

  function decision({ entry }: Found): void {
    const [verdict, who, rule] = [text(entry.verdict), idOf(entry.principal), text(entry.rule)];
    counts.verdicts.add([verdict], 1);
    counts.principals.add([who, verdict], 1);
    counts.rules.add([rule, verdict], 1);
    const held = typeof entry.hold === 'string' && entry.hold !== '' ? holdOf(entry.hold) : null;
    if (held !== null) held.action = `${text(entry.method)} ${text(entry.authority)}${text(entry.path)}`;
  }

  function step({ seq, entry }: Found): void {
    const held = holdOf(text(entry.hold));
    if (held === null) return;
    held.exchange ||= text(entry.exchange);
    held.asker ||= idOf(entry.principal);
    held.rule ||= text(entry.rule);
    const [transition, group] = [text(entry.transition), text(entry.group)];
    keep(held.steps, { seq, time: Number(entry.time), transition, approver: idOf(entry.approver), group });
  }

  /** What was opened before the period has its steps under the number that they name. */
  function deviation({ seq, entry }: Found): void {
    const [time, what, detail] = [Number(entry.time), text(entry.what), text(entry.detail)];
    const opened = text(entry.deviation) || `${text(entry.origin)}/${seq}`;
    const known = deviations.get(opened);
    const state = text(entry.state);
    if (known === undefined && deviations.size >= rowLimit) left += 1;
    else if (state === 'opened' || known === undefined)
      deviations.set(opened, { seq, time, what, detail, count: Number(entry.count) || 0, steps: [] });
    if (state !== 'opened') keep(deviations.get(opened)?.steps ?? [], { seq, time, state, by: idOf(entry.by), detail });
  }

  for (const found of entries) {
    const { seq, entry } = found;
    const [kind, time] = [text(entry.kind), Number(entry.time)];
    if (entryCount === 0) first = time;
    else if (time - last > longestSilence) keep(gaps, { from: last, to: time, seq, why: whyOf(before, kind) });
    [last, before] = [time, kind];
    entryCount += 1;
    counts.kinds.add([kind], 1);
    if (kind === 'decision') decision(found);
    if (kind === 'hold') step(found);
    if (kind === 'deviation') deviation(found);
    if (kind === 'response' && Array.isArray(entry.masks))
      for (const mask of entry.masks as Readonly<Record<string, unknown>>[])
        counts.masks.add([text(mask.rule), text(mask.field)], Number(mask.count) || 0);
    const list = Object.hasOwn(lists, kind) ? lists[kind] : undefined;
    if (list !== undefined) keep(rows[list], found);
  }
  const { kinds, verdicts, principals, rules, masks } = counts;
  return {
    ...{ entries: entryCount, first, last, gaps, left, holds: [...holds.values()] },
    ...{ deviations: [...deviations.values()], ...rows },
    ...{ kinds: kinds.map, verdicts: verdicts.map, principals: principals.map, rules: rules.map, masks: masks.map },
  };
}

function whyOf(before: string, kind: string): Gap['why'] {
  if (before === 'close') return 'stopped in order';
  return kind === 'boot' ? 'ended without a close' : 'silent';
}

function counter() {
  const map = new Map<string, number>();
  return {
    map,
    add(names: readonly string[], count: number): void {
      const key = JSON.stringify(names);
      map.set(key, (map.get(key) ?? 0) + count);
    },
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function idOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'id' in value ? text(value.id) : '';
}
