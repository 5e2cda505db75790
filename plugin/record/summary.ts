import type { RecordingMeta } from './content.ts';

/** One session as a listing shows it. */
export interface SessionSummary {
  readonly session: string;
  readonly principal: RecordingMeta['principal'];
  readonly exchanges: number;
  /** ISO 8601, UTC. */
  readonly first: string;
  readonly last: string;
}

/** Groups recordings by session, the session with the latest exchange first. */
export function summarize(metas: readonly RecordingMeta[]): readonly SessionSummary[] {
  const sessions = Map.groupBy(metas, ({ session }) => session);
  return [...sessions]
    .flatMap(([session, [...members]]) => {
      const times = members.map(({ time }) => time).sort();
      const [first, last] = [times[0], times.at(-1)];
      const principal = members[0]?.principal;
      if (first === undefined || last === undefined || principal === undefined) return [];
      return [{ session, principal, exchanges: members.length, first, last }];
    })
    .sort((a, b) => (a.last < b.last ? 1 : -1));
}
