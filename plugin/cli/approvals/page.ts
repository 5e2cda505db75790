import type { View } from '../../hold/desk.ts';
import type { Json } from '../../request.ts';
import { visible, visibleLine } from '../visible.ts';

/** One hold on one line: id, who asks, how long it waits, what it is. */
export function listLine(view: View, now: number): string {
  const { method, path } = (view.display ?? {}) as { readonly method?: Json; readonly path?: Json };
  const what = summaryOf(view) ?? `${String(method ?? '')} ${String(path ?? '')}`;
  return [view.id, visibleLine(view.asker.id), `ends in ${span(view.ends - now)}`, shorten(visibleLine(what), 72)].join(
    '  ',
  );
}

/** One grant on one line: id, for whom, until when, how often it was used. */
export function grantLine(view: View, now: number): string {
  const used = view.grant === null ? '' : `used ${view.grant.used} of ${view.grant.uses}`;
  return [view.id, visibleLine(view.asker.id), `ends in ${span(view.ends - now)}`, used, visibleLine(view.rule)].join(
    '  ',
  );
}

/** What an approval would be good for, where that is more than once. */
function grantText({ grant }: View): string[] {
  if (grant === null) return [];
  const alike = grant.match === 'statement' ? 'statements of the same form, whatever their values' : 'the same command';
  return [field('good for', `${span(grant.forMs)}, ${grant.uses} times: ${alike}`)];
}

/**
 * All that an approver must know, whole. Words of the caller stand behind a bar, line by line, so that none of them can
 * pass for a line of ours; what a terminal would hide or act on is shown as its code point.
 */
export function showPage(view: View, now: number): string[] {
  const { asker } = view;
  const acting = asker.actors.map(({ id, issuer }) => `, acting: ${id} (${issuer})`).join('');
  const owner = asker.owner === null ? '' : `, owner ${asker.owner}`;
  return [
    field('hold', `${view.id}, version ${view.version}, ${view.state}`),
    field('asked by', `${asker.id} (${asker.kind} of ${asker.issuer}${owner})${acting}`),
    field('rule', view.rule),
    field('because', view.reason),
    ...grantText(view),
    ...(view.hours === null ? [] : [field('hours', view.hours)]),
    ...(view.rejectedBefore ? [field('rejected', `${view.rejectedBefore} times within a day, in this shape`)] : []),
    field('ends', `${new Date(view.ends).toISOString()}, in ${span(view.ends - now)}`),
    ...view.approvals.map(({ approver, group, reason }) =>
      field('approved by', `${approver.person ?? approver.id} for ${group}${reason === null ? '' : `: ${reason}`}`),
    ),
    ...(view.rejection === null
      ? []
      : [
          field(
            'rejected by',
            `${view.rejection.approver.person ?? view.rejection.approver.id}: ${view.rejection.reason}`,
          ),
        ]),
    ...(view.needed.length === 0 ? [] : [field('needs', neededText(view))]),
    ...(view.barred === null ? [] : [field('you', view.barred)]),
    ...(view.justification === null ? [] : ['their words:', ...barredLines(view.justification)]),
    ...commandLines(view),
    ...Object.entries(view.display ?? {}).flatMap(([name, value]) => [
      `${visibleLine(name)}:`,
      ...barredLines(textOf(name, value)),
    ]),
    field('digest', view.digest),
  ];
}

/** `2 of dba and 1 of security, or 1 of board`. */
export function neededText({ needed }: Pick<View, 'needed'>): string {
  return needed.map((list) => list.map(({ group, count }) => `${count} of ${group}`).join(' and ')).join(', or ');
}

function field(name: string, value: string): string {
  return `${`${name}:`.padEnd(13)}${visibleLine(value)}`;
}

function barredLines(text: string): string[] {
  return visible(text)
    .split('\n')
    .map((line) => `  | ${line}`);
}

/** What will run stands first, whole: nobody scrolls past headers to find it (threat 21). */
function commandLines({ display }: View): string[] {
  const commands = display?.commands;
  const texts = (Array.isArray(commands) ? commands : []).flatMap((one: { readonly text?: Json }) =>
    typeof one.text === 'string' ? [one.text] : [],
  );
  return texts.flatMap((text) => ['command:', ...barredLines(text)]);
}

/** Headers one to a line, everything else that has parts as JSON. */
function textOf(name: string, value: Json): string {
  if (typeof value === 'string') return value;
  if (name === 'headers' && Array.isArray(value))
    return value.map((pair: Json) => (Array.isArray(pair) ? pair.join(': ') : String(pair))).join('\n');
  return JSON.stringify(value, null, 2);
}

/** The first command's text, where the request is one. */
function summaryOf({ display }: View): string | null {
  const commands = display?.commands;
  const [first] = Array.isArray(commands) ? (commands as readonly { readonly text?: Json }[]) : [];
  return typeof first?.text === 'string' ? first.text : null;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
