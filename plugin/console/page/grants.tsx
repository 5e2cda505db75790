import { useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import { useConsole } from './context.tsx';
import { describe } from './describe.ts';
import { Icon } from './icons.tsx';
import { useLoaded } from './load.tsx';
import { Countdown, Dialog, Empty, Failure, Loading, Person, Text } from './parts.tsx';
import { nameOf } from './people.ts';
import type { View } from './wire.ts';

/** Approvals that are good for a while: what is in force, and the way to end it. */
export function GrantsPage() {
  const { api, holds } = useConsole();
  const { value, problem, reload } = useLoaded(api.grants, holds.all);
  const [ending, setEnding] = useState<View | null>(null);
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>Grants</h1>
          <p class="lead">
            Approvals that are good for a while. Revoking one lets nothing more go on, and cuts off what still runs.
          </p>
        </div>
      </header>
      {problem !== null && <Failure problem={problem} again={reload} />}
      {value === null && problem === null && <Loading rows={3} />}
      {value !== null && value.length === 0 && (
        <Empty icon="grants" title="No grant is in force">
          A policy may let an approval serve the same command for some minutes. It stands here for that long.
        </Empty>
      )}
      <ul class="grants">
        {(value ?? []).map((view) => (
          <Grant key={view.id} view={view} end={() => setEnding(view)} />
        ))}
      </ul>
      {ending !== null && (
        <RevokeDialog
          view={ending}
          close={() => {
            setEnding(null);
            reload();
          }}
        />
      )}
    </div>
  );
}

function Grant({ view, end }: { readonly view: View; readonly end: () => void }) {
  const described = describe(view);
  return (
    <li class="card grant">
      <div class="grant-what">
        <span class="kind">{described?.kind ?? ''}</span>
        <code>
          <Text of={(described?.title ?? view.rule).slice(0, 400)} />
        </code>
      </div>
      <div class="grant-facts">
        <Person name={view.asker.id} issuer={view.asker.issuer} kind={view.asker.kind} />
        <span class="note">
          approved by <Text of={view.approvals.map(({ approver }) => nameOf(approver)).join(', ')} />
        </span>
        <span class="note">
          used {view.grant?.used ?? 0} of {view.grant?.uses ?? 0}
        </span>
        <span class="grow" />
        <Countdown of={view} bar />
        <button type="button" class="button danger-quiet" onClick={end}>
          Revoke
        </button>
      </div>
    </li>
  );
}

function RevokeDialog({ view, close }: { readonly view: View; readonly close: () => void }) {
  const { api, holds, say } = useConsole();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const revoke = async () => {
    setBusy(true);
    try {
      holds.take(await api.revoke(view.id, reason.trim() === '' ? undefined : reason.trim()));
      say({ text: 'Revoked. Nothing more goes on under it.', tone: 'good' });
      close();
    } catch (error) {
      setFault(problemOf(error).detail);
      setBusy(false);
    }
  };
  return (
    <Dialog title="Revoke this grant?" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          revoke();
        }}
      >
        <p class="dialog-text">
          <Text of={view.asker.id} /> can't use it any longer, and what runs under it now is cut off in the middle.
        </p>
        <label class="field">
          <span>Reason (optional)</span>
          <textarea
            rows={2}
            maxLength={4_096}
            value={reason}
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
          <button type="submit" class="button danger" disabled={busy} data-first>
            Revoke
          </button>
        </div>
      </form>
    </Dialog>
  );
}
