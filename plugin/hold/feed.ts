import type { Transition } from './event.ts';
import type { HoldRecord } from './record.ts';

/** A step of a hold that has its entry. */
export interface Happening {
  readonly transition: Transition;
  readonly hold: HoldRecord;
}

/** Who wants to hear of steps, as they happen in this process. */
export interface Feed {
  publish(happening: Happening): void;
  /** Gives back what ends it. A listener that throws is heard no more. */
  subscribe(listener: (happening: Happening) => void): () => void;
}

/** Nobody listens yet. */
export function openFeed(): Feed {
  const listeners = new Set<(happening: Happening) => void>();
  return {
    publish(happening) {
      for (const listener of [...listeners]) {
        try {
          listener(happening);
        } catch {
          listeners.delete(listener);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
