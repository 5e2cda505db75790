import type { PartJson } from '../../console/sessions.ts';
import type { HeaderLine, RecordingMeta, RequestLines, ResponseLines } from '../../record/content.ts';
import type { SessionSummary } from '../../record/summary.ts';
import { visible, visibleLine } from '../visible.ts';

/** A recording as `GET /api/v1/recordings/EXCHANGE` sends it. */
export interface RecordingJson {
  readonly meta: RecordingMeta;
  readonly request: PartJson | null;
  readonly response: PartJson | null;
}

/** One exchange, whole. */
export function pageOf(recording: RecordingJson): readonly string[] {
  const { meta, request, response } = recording;
  return [
    `exchange  ${meta.exchange}`,
    `session   ${meta.session}`,
    `time      ${meta.time}`,
    visibleLine(`principal ${principalText(meta)}`),
    visibleLine(`rule      ${meta.rule ?? '-'}`),
    '',
    ...(request === null ? [metaLine(meta)] : requestPage(request)),
    ...headPage(response),
    ...bodyPage(response),
    ...checksOf(recording),
  ];
}

/** The request as it was asked; empty when it was not recorded. */
export function requestPage(part: PartJson | null): readonly string[] {
  if (part === null) return [];
  const head = part.head as RequestLines | null;
  if (head === null) return ['(the request was cut before its head)'];
  const lines = [
    visibleLine(`> ${head.method} ${head.scheme}://${head.authority}${head.path}`),
    ...headerLines('>', head.headers),
  ];
  return [...lines, ...(head.seen ? bodyPage(part) : ['> (the body was not seen)']), ''];
}

/** Status and headers of the response. */
export function headPage(part: PartJson | null): readonly string[] {
  if (part === null) return ['(the response was not recorded)'];
  const head = part.head as ResponseLines | null;
  return head === null
    ? ['(the response was cut before its head)']
    : [`< ${head.status}`, ...headerLines('<', head.headers)];
}

function headerLines(mark: string, headers: readonly HeaderLine[]): readonly string[] {
  return headers.map(([name, value]) => visibleLine(`${mark} ${name}: ${value}`));
}

function bodyPage(part: PartJson | null): readonly string[] {
  if (part === null || part.bytes === 0) return [];
  const bytes = Buffer.concat(part.chunks.map(({ base64 }) => Buffer.from(base64, 'base64')));
  try {
    return [visible(new TextDecoder('utf-8', { fatal: true }).decode(bytes))];
  } catch {
    return [`(${bytes.length} bytes that are not text: see --json)`];
  }
}

/** What was checked: length, digest, whether the part is whole. */
export function checksOf({ request, response }: RecordingJson): readonly string[] {
  const check = (name: string, part: PartJson | null) =>
    part === null
      ? []
      : [
          `${name}: ${part.bytes} bytes, sha256 ${part.sha256}, ${part.complete ? 'verified' : 'INCOMPLETE: it ends here'}`,
        ];
  return ['', ...check('request', request), ...check('response', response)];
}

/** One session in a listing. */
export function sessionLine({ session, principal, exchanges, first, last }: SessionSummary): string {
  return visibleLine(
    `${session}  ${first}  ${last}  ${String(exchanges).padStart(5)}  ${principalText({ principal })}`,
  );
}

/** One exchange in a listing. */
export function metaLine(meta: RecordingMeta): string {
  return visibleLine(
    `${meta.exchange}  ${meta.time}  ${meta.spec.padEnd(8)}  ${meta.method} ${meta.authority}${meta.path}`,
  );
}

function principalText({ principal }: Pick<RecordingMeta, 'principal'>): string {
  const actors = principal.actors.map(({ id }) => ` by ${id}`).join('');
  return `${principal.id}${actors} (${principal.issuer})`;
}

/** JSON that no terminal can be led astray by: all but ASCII as escapes. */
export function ascii(json: string): string {
  return json.replace(/[^\n\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
