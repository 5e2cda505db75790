import type { View } from '../../../plugin/console/page/wire.ts';
import { viewOf } from '../../../plugin/hold/view.ts';
import { pendingHold } from '../../hold/opening.ts';
import { human } from '../../hold/people-of.ts';

/** A pending hold as bob, who may approve it, sees it; `over` changes what a test is about. */
export function viewAs(over: Partial<View> = {}): View {
  return { ...viewOf(pendingHold(), human('bob'), 1), ...over };
}
