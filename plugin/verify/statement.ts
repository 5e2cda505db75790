import type { FindingCode } from './report.ts';

/** What a batch's statement must say, rebuilt from the batch itself and from what stands before it. */
export interface Expected {
  readonly batch: number;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly origin: string;
  /** Hex hash of the leaf before it; null for the first. */
  readonly prevBatch: string | null;
  /** Hex SHA-256 of each entry, in order; their names are the sequence numbers from `firstSeq`. */
  readonly digests: readonly string[];
}

/** The one text of a statement: in-toto v1, members in exactly this order. */
export function statementText({ batch, epoch, firstSeq, origin, prevBatch, digests }: Expected): string {
  const subjects = digests.map((digest, index) => `{"digest":{"sha256":"${digest}"},"name":"${firstSeq + index}"}`);
  return (
    `{"_type":"https://in-toto.io/Statement/v1","predicate":{"batch":${batch},"count":${digests.length},` +
    `"epoch":${epoch},"firstSeq":${firstSeq},"origin":"${origin}",` +
    `"prevBatch":${prevBatch === null ? 'null' : `"${prevBatch}"`}},` +
    `"predicateType":"https://countersign.dev/audit/batch/v1","subject":[${subjects.join(',')}]}`
  );
}

/** What a statement says of its batch, where that can be read. Its origin and epoch are the log's, or it lies. */
export type Said = Omit<Expected, 'origin' | 'epoch'>;

/** Reads what a statement says; null when it is no statement. Held against the one text of it, it may still lie. */
export function readStatement(statement: Buffer): Said | null {
  const said = parsed(statement);
  if (said === null) return null;
  const { batch, firstSeq, prevBatch } = object(said.predicate);
  const subjects = Array.isArray(said.subject) ? said.subject.map(object) : [];
  return {
    batch: index(batch),
    firstSeq: index(firstSeq),
    prevBatch: typeof prevBatch === 'string' && /^[0-9a-f]{64}$/.test(prevBatch) ? prevBatch : null,
    digests: subjects.map(({ digest }) => String(object(digest).sha256)),
  };
}

const index = (value: unknown): number => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0);

/** One way in which a statement differs from what it must say. */
export interface Difference {
  readonly code: FindingCode;
  readonly message: string;
}

/** Every member that differs; when all members agree, that the text is not the one text. None where it is. */
export function differences(statement: Buffer, expected: Expected): Difference[] {
  if (statement.toString('latin1') === statementText(expected)) return [];
  const said = parsed(statement);
  if (said === null) return [{ code: 'statement_malformed', message: 'the statement is not a JSON object' }];
  const predicate = object(said.predicate);
  const subjects = Array.isArray(said.subject) ? said.subject.map(object) : [];
  const members: readonly [FindingCode, string, unknown, unknown][] = [
    ['statement_malformed', '_type', said._type, 'https://in-toto.io/Statement/v1'],
    ['statement_malformed', 'predicateType', said.predicateType, 'https://countersign.dev/audit/batch/v1'],
    ['statement_batch', 'predicate.batch', predicate.batch, expected.batch],
    ['statement_count', 'predicate.count', predicate.count, expected.digests.length],
    ['statement_count', 'the number of subjects', subjects.length, expected.digests.length],
    ['statement_epoch', 'predicate.epoch', predicate.epoch, expected.epoch],
    ['statement_first_seq', 'predicate.firstSeq', predicate.firstSeq, expected.firstSeq],
    ['statement_origin', 'predicate.origin', predicate.origin, expected.origin],
    ['statement_prev_batch', 'predicate.prevBatch', predicate.prevBatch, expected.prevBatch],
    ...expected.digests.flatMap((digest, index): [FindingCode, string, unknown, unknown][] => [
      ['statement_subject_name', `the name of subject ${index}`, subjects[index]?.name, `${expected.firstSeq + index}`],
      ['statement_digest', `the digest of subject ${index}`, object(subjects[index]?.digest).sha256, digest],
    ]),
  ];
  const found = members
    .filter(([, , is, must]) => is !== must)
    .map(([code, member, is, must]) => ({ code, message: `${member} is ${shown(is)}, expected ${shown(must)}` }));
  return found.length > 0
    ? found
    : [{ code: 'statement_malformed', message: 'the statement says what it must, but not in the one text of it' }];
}

function parsed(statement: Buffer): { readonly [member: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(statement.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as { [member: string]: unknown }) : null;
  } catch {
    return null;
  }
}

function object(value: unknown): { readonly [member: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { [member: string]: unknown }) : {};
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
}
