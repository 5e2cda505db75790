import { useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import { useConsole } from './context.tsx';
import { Icon } from './icons.tsx';
import { useLoaded } from './load.tsx';
import { Ago, Dialog, Empty, Failure, Loading, State, Text, Time } from './parts.tsx';
import { nameOf } from './people.ts';
import { pathOf } from './route.ts';
import { counted } from './text.ts';
import type { Deviation } from './wire.ts';

type Act = 'acknowledge' | 'resolve';

/** What should not have been, until somebody signed it off. */
export function DeviationsPage() {
  const { api, deviationNews } = useConsole();
  const { value, problem, reload } = useLoaded(api.deviations, deviationNews);
  const [asked, setAsked] = useState<{ readonly act: Act; readonly deviation: Deviation } | null>(null);
  const open = (value ?? []).filter(({ state }) => state !== 'resolved');
  const resolved = (value ?? []).filter(({ state }) => state === 'resolved');
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>Deviations</h1>
          <p class="lead">
            What should not have been: a broken glass, denials in a row, masking that failed, a hole in the log. Each
            stays open until somebody who did not cause it has resolved it.
          </p>
        </div>
      </header>
      {problem !== null && <Failure problem={problem} again={reload} />}
      {value === null && problem === null && <Loading rows={3} />}
      {value !== null && open.length === 0 && (
        <Empty icon="check" title="Nothing is open">
          {resolved.length === 0 ? 'None has been seen.' : 'All that was seen is resolved.'}
        </Empty>
      )}
      <ul class="deviations">
        {open.map((deviation) => (
          <Row key={deviation.id} {...deviation} ask={(act) => setAsked({ act, deviation })} />
        ))}
      </ul>
      {resolved.length > 0 && (
        <section aria-labelledby="resolved-title">
          <h2 class="section-title" id="resolved-title">
            Resolved
          </h2>
          <ul class="deviations">
            {resolved.map((deviation) => (
              <Row key={deviation.id} {...deviation} ask={null} />
            ))}
          </ul>
        </section>
      )}
      {asked !== null && (
        <SignOffDialog
          {...asked}
          close={() => {
            setAsked(null);
            reload();
          }}
        />
      )}
    </div>
  );
}

function Row({ ask, ...deviation }: Deviation & { readonly ask: ((act: Act) => void) | null }) {
  const { go } = useConsole();
  const { id, what, detail, count, hold, state, at, by, signed } = deviation;
  return (
    <li class={`card deviation ${state}`}>
      <div class="deviation-head">
        <State of={state} />
        <h3>
          <Text of={what} />
        </h3>
        {count > 1 && <span class="note">{counted(count, 'time')}</span>}
        <span class="grow" />
        <span class="note">
          <Ago at={at} />
        </span>
      </div>
      <p class="deviation-detail">
        <Text of={detail} />
      </p>
      <div class="deviation-foot">
        <span class="note">
          entry <code>{id}</code>
          {by !== null && (
            <>
              {' '}
              by <Text of={nameOf(by)} />
            </>
          )}
          {signed !== null && (
            <>
              , {state} by <Text of={nameOf(signed.by)} /> <Time at={signed.at} short />
            </>
          )}
        </span>
        <span class="grow" />
        {hold !== null && (
          <a
            class="button quiet"
            href={pathOf({ page: 'inbox', hold })}
            onClick={(event) => {
              event.preventDefault();
              go({ page: 'inbox', hold });
            }}
          >
            The request
          </a>
        )}
        {ask !== null && state === 'opened' && (
          <button type="button" class="button" onClick={() => ask('acknowledge')}>
            Acknowledge
          </button>
        )}
        {ask !== null && (
          <button type="button" class="button" onClick={() => ask('resolve')}>
            Resolve
          </button>
        )}
      </div>
    </li>
  );
}

const words = {
  acknowledge: {
    title: 'Acknowledge: you look into it',
    hint: 'Note (optional)',
    done: 'Acknowledged. It stays open.',
  },
  resolve: { title: 'Resolve', hint: 'What was found, and what was done', done: 'Resolved.' },
} as const;

function SignOffDialog({
  act,
  deviation,
  close,
}: {
  readonly act: Act;
  readonly deviation: Deviation;
  readonly close: () => void;
}) {
  const { api, say } = useConsole();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const { title, hint, done } = words[act];
  const sign = async () => {
    setBusy(true);
    setFault(null);
    try {
      await api.signOff(deviation.id, act, reason.trim() === '' ? undefined : reason.trim());
      say({ text: done, tone: 'good' });
      close();
    } catch (error) {
      setFault(problemOf(error).detail);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          sign();
        }}
      >
        <p class="dialog-text">
          <strong>
            <Text of={deviation.what} />
          </strong>
          : <Text of={deviation.detail} />
        </p>
        <label class="field">
          <span>{hint}</span>
          <textarea
            rows={3}
            maxLength={4_096}
            required={act === 'resolve'}
            value={reason}
            data-first
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        {fault !== null && (
          <p class="fault" role="alert">
            <Icon name="alert" /> {fault}
          </p>
        )}
        <div class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {act === 'resolve' ? 'Resolve' : 'Acknowledge'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
