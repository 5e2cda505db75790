import { removedFromEveryRequest } from '../../../plugin/exchange/answer.ts';
import type { Json, JsonObject } from '../../../plugin/request.ts';
import type { Outcome } from './ask.ts';
import type { Generated } from './generate.ts';

/** One member in which the answers to a Check differ. */
export interface Differing {
  readonly member: string;
  readonly ours: Outcome;
  readonly theirs: Outcome;
  readonly sent: Generated;
}

/** A difference that we want, by the name that docs/migration.md gives it. It matches what it explains and nothing else. */
export interface Wanted {
  readonly name: string;
  matches(one: Differing): boolean;
}

/** JSON with sorted members: equal values have equal texts, numbers by their spelling. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one) && !Object.isFrozen(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

const simple = ['verdict', 'status', 'body', 'headers', 'remove', 'add', 'set', 'drop', 'metadata'] as const;

/** Every member in which two answers differ; of input documents that were both shown, each of their members. */
export function differing(sent: Generated, ours: Outcome, theirs: Outcome): readonly Differing[] {
  const members = simple.filter((name) => canonical(ours[name]) !== canonical(theirs[name])) as string[];
  if (ours.input !== null && theirs.input !== null)
    for (const name of new Set([...Object.keys(ours.input), ...Object.keys(theirs.input)]))
      if (canonical(ours.input[name]) !== canonical(theirs.input[name])) members.push(`input.${name}`);
  return members.map((member) => ({ member, ours, theirs, sent }));
}

const answer = ['verdict', 'status', 'body', 'headers', 'remove', 'add', 'set', 'drop', 'metadata'];

/** Our own words on a denial: a problem document, or for a gRPC caller a status with the same in its details. */
function problem({ body, headers }: Outcome): { readonly type?: string; readonly detail?: string } {
  const details = headers.find((one) => one.startsWith('grpc-status-details-bin: '))?.split(': ')[1];
  if (details !== undefined) {
    const reason = /[A-Z]+(?:_[A-Z]+)*(?=\x12)/.exec(Buffer.from(details, 'base64').toString('latin1'))?.[0] ?? '';
    return { type: reason.toLowerCase().replaceAll('_', '-'), detail: body };
  }
  try {
    return JSON.parse(body) as { readonly type?: string; readonly detail?: string };
  } catch {
    return {};
  }
}

/** Our denial of what the policy could not decide, or answered and can't be kept. */
const isFault = (one: Outcome): boolean => one.verdict === 'deny' && /policy-error$/.test(problem(one).type ?? '');

const isMalformed = ({ verdict, body }: Outcome): boolean => verdict === 'deny' && /^request_parse_error/.test(body);

const coding = ({ headers, body }: Generated): boolean =>
  body.length > 0 && !['', 'identity'].includes(headers['content-encoding'] ?? '');

/** Envoy did not say that the body is whole, or the text may have lost bytes. */
const unseen = ({ headers, body, packed }: Generated): boolean =>
  headers['x-envoy-auth-partial-body'] !== 'false' || (!packed && body.includes('!'));

/** Results that the plugin takes and we refuse: what it did not look at, an author may have meant. */
const refused: ReadonlySet<string> = new Set([
  ...['unknown', 'unknownDenied', 'id'],
  ...['bodyOfAllow', 'statusOfAllow', 'removeOfDenial', 'headersName', 'headersLine', 'statusOdd', 'statusZero'],
]);

/** What `input.attributes` has beyond the plugin's: headers of the header map, the text of a raw body. */
function addedOnly({ ours, theirs, sent }: Differing): boolean {
  const http = (one: Outcome) => {
    const attributes = one.input?.attributes as JsonObject;
    return (attributes.request as JsonObject).http as JsonObject;
  };
  const added: Record<string, Json> = { ...http(ours) };
  if (sent.mapped && http(theirs).headers === undefined) delete added.headers;
  if (sent.packed && http(theirs).body === undefined) delete added.body;
  return canonical(added) === canonical(http(theirs));
}

/** Differences that we want. Each is a row of docs/migration.md with this name. */
export const wanted: readonly Wanted[] = [
  {
    name: 'retry headers',
    matches: ({ member, ours, theirs }) =>
      member === 'remove' &&
      ours.verdict === 'allow' &&
      canonical(ours.remove) === canonical([...removedFromEveryRequest, ...theirs.remove]),
  },
  {
    name: 'decision id',
    matches: ({ member, ours, theirs }) => {
      const rest = ({ metadata }: Outcome) => {
        const { decision_id, release, countersign, ...others } = metadata;
        return others;
      };
      return member === 'metadata' && canonical(rest(ours)) === canonical(rest(theirs));
    },
  },
  {
    name: 'error',
    matches: ({ member, ours, theirs }) =>
      answer.includes(member) && theirs.verdict === 'error' && ours.verdict === 'deny' && isFault(ours),
  },
  {
    name: 'malformed request',
    matches: ({ member, ours, theirs }) => answer.includes(member) && isMalformed(theirs) && isFault(ours),
  },
  {
    name: 'problem document',
    matches: ({ member, ours, theirs }) =>
      (member === 'body' || member === 'headers') &&
      ours.verdict === 'deny' &&
      theirs.verdict === 'deny' &&
      theirs.body === '' &&
      /denied$/.test(problem(ours).type ?? ''),
  },
  {
    name: 'refused result',
    matches: ({ member, ours, theirs, sent }) =>
      answer.includes(member) && theirs.verdict !== 'error' && isFault(ours) && refused.has(sent.form),
  },
  {
    name: 'reserved metadata',
    matches: ({ member, ours, sent }) => answer.includes(member) && sent.form === 'metadataOwn' && isFault(ours),
  },
  {
    name: 'content coding',
    matches: ({ member, ours, theirs, sent }) =>
      coding(sent) &&
      (member === 'input.parsed_body' || (answer.includes(member) && (isMalformed(theirs) || isFault(ours)))),
  },
  {
    name: 'limits',
    matches: ({ member, ours }) =>
      answer.includes(member) && isFault(ours) && /nests deeper than|more than/.test(problem(ours).detail ?? ''),
  },
  {
    name: 'unseen body',
    matches: ({ member, ours, theirs, sent }) =>
      unseen(sent) &&
      (ours.input === null || ours.input.truncated_body === true) &&
      (['input.truncated_body', 'input.parsed_body'].includes(member) ||
        (answer.includes(member) && isMalformed(theirs))),
  },
  {
    name: 'invalid UTF-8',
    matches: ({ member, ours, theirs, sent }) => {
      const collapsed = (one: Outcome) => canonical(one.input?.parsed_body ?? null).replace(/\ufffd+/g, '\ufffd');
      const valid = Buffer.from(sent.body.toString('utf8')).equals(sent.body);
      return member === 'input.parsed_body' && !valid && collapsed(ours) === collapsed(theirs);
    },
  },
  {
    name: 'length of gRPC',
    matches: ({ member, ours, sent }) =>
      (sent.headers['content-type'] ?? '').includes('application/grpc') &&
      !['', `${sent.body.length}`].includes(sent.headers['content-length'] ?? '') &&
      (member === 'input.truncated_body' || (answer.includes(member) && isFault(ours))),
  },
  {
    name: 'raw headers and bodies',
    matches: (one) => {
      const { member, theirs, sent } = one;
      if (member === 'input.attributes') return addedOnly(one);
      // Without headers the plugin knows neither the form that is asked for nor the type of the body.
      return sent.mapped && theirs.verdict === 'error' && answer.includes(member);
    },
  },
];
