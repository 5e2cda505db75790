import { CountersignError } from '../errors.ts';
import type { Desk } from '../hold/desk.ts';
import type { Release, Reply } from './release.ts';

type Replies = readonly Reply[] | Promise<readonly Reply[]>;

/** A response that began: what drives it, and the answer to its head. */
export interface Opened {
  readonly release: Release;
  readonly replies: Replies;
}

/** What runs under grants: revoking one ends it. */
export interface Granted {
  /**
   * A response under that grant begins; `cut` resets its stream. Gives back what says that it has ended.
   * @throws CountersignError `hold_state` when the grant was revoked meanwhile
   */
  run(hold: string, cut: (error: CountersignError) => void): Promise<() => void>;
}

/** Nothing runs yet. Listens to the desk for as long as both live. */
export function openGranted(desk: Pick<Desk, 'onRevoked' | 'isRevoked'>): Granted {
  const running = new Map<string, Set<(error: CountersignError) => void>>();
  desk.onRevoked((hold) => {
    for (const cut of [...(running.get(hold) ?? [])]) cut(revoked());
  });
  return {
    async run(hold, cut) {
      const others = running.get(hold) ?? new Set();
      running.set(hold, others);
      others.add(cut);
      const end = () => {
        others.delete(cut);
        if (others.size === 0 && running.get(hold) === others) running.delete(hold);
      };
      try {
        // Registered first: one that is revoked from now on is heard of.
        if (await desk.isRevoked(hold)) throw revoked();
        return end;
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}

/** A response under a grant is on the list of what runs until it has ended; any other is left as it is. */
export function underGrant(
  granted: Granted,
  opened: Opened,
  headOnly: boolean,
  cut: (error: CountersignError) => void,
): Opened {
  const { release } = opened;
  if (release.grant === null) return opened;
  let [ended, end] = [headOnly, () => {}];
  const over = () => {
    ended = true;
    end();
  };
  const begun = granted.run(release.grant, cut).then((stop) => {
    end = stop;
    if (ended) end();
    return opened.replies;
  });
  const last = async (replies: Replies, isLast: boolean): Promise<readonly Reply[]> => {
    const sent = await replies;
    if (isLast || sent.some(({ kind }) => kind === 'refuse')) over();
    return sent;
  };
  return {
    replies: begun,
    release: {
      ...release,
      body: (bytes, endOfStream) => last(release.body(bytes, endOfStream), endOfStream),
      trailers: (trailers) => last(release.trailers(trailers), true),
      leave(outcome, detail) {
        over();
        return release.leave(outcome, detail);
      },
    },
  };
}

function revoked(): CountersignError {
  return new CountersignError('hold_state', 'the grant that this exchange ran under was revoked');
}
