import type { HoldState } from './record.ts';
import type { View } from './view.ts';

/** Which of the holds that somebody may see. */
export interface Filter {
  /** `live`: all that are not closed. Default pending. */
  readonly state?: Extract<HoldState, 'pending' | 'approved' | 'granted'> | 'live';
  /** Only those that this viewer may approve now. */
  readonly mine?: boolean;
  /** Id or person of who asks, to the letter. */
  readonly asker?: string;
  readonly rule?: string;
  /** Words that stand in what will run, in who asks or in the rule; case does not matter. */
  readonly text?: string;
}

/** True for a hold that the filter lets through. */
export function passes(view: View, { state = 'pending', mine, asker, rule, text }: Filter): boolean {
  if (state !== 'live' && view.state !== state) return false;
  if (mine === true && view.barred !== null) return false;
  if (asker !== undefined && view.asker.id !== asker && view.asker.owner !== asker) return false;
  if (rule !== undefined && view.rule !== rule) return false;
  if (text === undefined || text.trim() === '') return true;
  const found = JSON.stringify([view.id, view.asker, view.rule, view.reason, view.display]).toLowerCase();
  return text
    .toLowerCase()
    .trim()
    .split(/\s+/)
    .every((word) => found.includes(word));
}
