import { useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import { useConsole } from './context.tsx';
import { describe } from './describe.ts';
import { Icon } from './icons.tsx';
import { Alarms, Dialog, Text } from './parts.tsx';
import { counted } from './text.ts';
import type { BatchResult, View } from './wire.ts';

export type Act = 'approve' | 'reject';

const words = {
  approve: { title: 'Approve', done: 'approved', hint: 'Reason (optional)' },
  reject: { title: 'Reject', done: 'rejected', hint: 'Reason, which the callers read' },
} as const;

/** Several at once: each is bound to what its row showed, and one that fails stops no other. */
export function BatchDialog({
  act,
  views,
  close,
}: {
  readonly act: Act;
  readonly views: readonly View[];
  readonly close: (decided: boolean) => void;
}) {
  const { api, holds, say } = useConsole();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [results, setResults] = useState<ReadonlyMap<string, BatchResult> | null>(null);
  const { title, done, hint } = words[act];

  const decide = async () => {
    setBusy(true);
    setFault(null);
    try {
      const shown = views.map(({ id, digest, version }) => ({ id, digest, version }));
      const all = await api.batch(act, shown, reason.trim() === '' ? undefined : reason.trim());
      for (const result of all) if ('hold' in result) holds.take(result.hold);
      const failed = all.filter((one) => 'code' in one);
      if (failed.length > 0) setResults(new Map(all.map((one) => [one.id, one])));
      else {
        say({ text: `${counted(all.length, 'request')} ${done}`, tone: 'good' });
        close(true);
      }
    } catch (error) {
      setFault(problemOf(error).detail);
    }
    setBusy(false);
  };

  return (
    <Dialog title={`${title} ${counted(views.length, 'request')}`} close={() => close(results !== null)} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide();
        }}
      >
        <ul class="batch-list">
          {views.map((view) => {
            const result = results?.get(view.id);
            const described = describe(view);
            return (
              <li key={view.id}>
                <span class="kind">{described?.kind}</span>
                <span class="batch-what">
                  <code>
                    <Text of={(described?.title ?? view.rule).slice(0, 240)} />
                  </code>
                  <Alarms of={described?.commands ?? []} />
                  <span class="batch-who">
                    <Text of={view.asker.id} /> · {view.id}, version {view.version}
                  </span>
                  {result !== undefined && 'detail' in result && <span class="batch-fault">{result.detail}</span>}
                </span>
                {result !== undefined && (
                  <span class={`pill ${'hold' in result ? 'good' : 'bad'}`}>
                    {'hold' in result ? done : 'not done'}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
        {results === null && (
          <label class="field">
            <span>{hint}</span>
            <textarea
              rows={2}
              maxLength={4_096}
              required={act === 'reject'}
              value={reason}
              data-first={act === 'reject' || undefined}
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </label>
        )}
        {fault !== null && (
          <p class="fault" role="alert">
            <Icon name="alert" /> {fault}
          </p>
        )}
        <div class="dialog-foot">
          {results === null ? (
            <>
              <button type="button" class="button" onClick={() => close(false)}>
                Cancel
              </button>
              <button
                type="submit"
                class={`button ${act === 'approve' ? 'primary' : 'danger'}`}
                disabled={busy}
                data-first={act === 'approve' || undefined}
              >
                {busy ? 'One moment' : `${title} ${views.length}`}
              </button>
            </>
          ) : (
            <button type="button" class="button primary" onClick={() => close(true)}>
              Done
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
