import { describe } from './describe.ts';
import { tabOf } from './inbox.ts';
import { Countdown, State, Text } from './parts.tsx';
import { chainOf } from './people.ts';
import { pathOf } from './route.ts';
import { plain } from './text.ts';
import type { View } from './wire.ts';

interface Given {
  readonly view: View;
  readonly gone: boolean;
  readonly open: boolean;
  readonly chosen: boolean;
  /** Null where it can't be part of a batch. */
  readonly choose: (() => void) | null;
  readonly read: () => void;
}

/** One request of the list: what would run, who asks through whom, how long it waits. */
export function HoldRow({ view, gone, open, chosen, choose, read }: Given) {
  const described = describe(view);
  const title = described?.title ?? view.reason;
  return (
    <li id={`row-${view.id}`} class={`row ${open ? 'open' : ''} ${gone ? 'gone' : ''} ${chosen ? 'chosen' : ''}`}>
      {choose !== null && (
        <label class="row-check">
          <input
            type="checkbox"
            checked={chosen}
            disabled={gone || tabOf(view) !== 'decide'}
            onChange={choose}
            aria-label={`Select ${plain(title).slice(0, 80)}`}
          />
        </label>
      )}
      <a
        class="row-link"
        href={pathOf({ page: 'inbox', hold: view.id })}
        aria-current={open ? 'true' : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          read();
        }}
      >
        <span class="row-top">
          <span class="kind">{described?.kind ?? 'Closed'}</span>
          <span class="row-title">
            <Text of={title.slice(0, 240)} />
          </span>
          {tabOf(view) === null || gone ? <State of={view.state} /> : <Countdown of={view} />}
        </span>
        <span class="row-below">
          <span class="row-who">
            {chainOf(view).map(({ id }, at) => (
              <span key={at}>
                {at > 0 && <span class="row-through"> through </span>}
                <Text of={id.slice(0, 120)} />
              </span>
            ))}
          </span>
          <span class="row-rule">{plain(view.rule)}</span>
        </span>
      </a>
    </li>
  );
}
