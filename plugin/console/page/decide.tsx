import { startAuthentication } from '@simplewebauthn/browser';
import { useState } from 'preact/hooks';
import { problemOf, type Said } from './api.ts';
import { sentence } from './change.ts';
import { useConsole } from './context.tsx';
import { describe } from './describe.ts';
import { Icon } from './icons.tsx';
import { powersOf } from './inbox.ts';
import { Alarms, Dialog, Kbd, Text } from './parts.tsx';
import { chainOf, neededText } from './people.ts';
import type { Keyed } from './shell.tsx';
import { spanText } from './time.ts';
import type { View } from './wire.ts';

type Act = 'approve' | 'reject' | 'withdraw';

interface Given extends Keyed {
  /** As it is on the screen: what a verdict names. */
  readonly view: View;
  /** Something newer is known: nothing can be decided before it is looked at. */
  readonly stale: boolean;
  readonly next: string | null;
  readonly leave: (next: string | null) => void;
  /** Hears how the hold is now. */
  readonly decided: (view: View) => void;
}

/** What can be done with the hold, always in sight. */
export function DecideBar({ view, stale, next, leave, decided, onCommand }: Given) {
  const { session, say, link } = useConsole();
  const [act, setAct] = useState<Act | null>(null);
  const powers = powersOf(view, session);
  const able = powers.decide && !stale && link !== 'offline';
  onCommand((command) => {
    if (command !== 'approve' && command !== 'reject') return false;
    if (able) setAct(command);
    else if (stale) document.querySelector<HTMLElement>('[data-adopt]')?.focus();
    return true;
  });
  return (
    <footer class="decide">
      <p class="decide-text" role="status">
        {saidOf(view, stale)}
      </p>
      {powers.withdraw !== null && !stale && (
        <button type="button" class="button" onClick={() => setAct('withdraw')}>
          {powers.withdraw === 'approval' ? 'Take my approval back' : 'Withdraw the request'}
        </button>
      )}
      {powers.decide ? (
        <>
          <button type="button" class="button" disabled={!able} onClick={() => setAct('reject')}>
            Reject <Kbd>r</Kbd>
          </button>
          <button type="button" class="button primary" disabled={!able} onClick={() => setAct('approve')}>
            Approve <Kbd>a</Kbd>
          </button>
        </>
      ) : (
        next !== null && (
          <button type="button" class="button" onClick={() => leave(next)} data-next>
            Next request <Kbd>j</Kbd>
          </button>
        )
      )}
      {act !== null && (
        <VerdictDialog
          {...{ act, view }}
          close={(now) => {
            setAct(null);
            if (now === null) return;
            decided(now);
            say({ text: doneText(act, now), tone: 'good' });
            requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-next]')?.focus());
          }}
        />
      )}
    </footer>
  );
}

/** Where it stands, in a sentence. */
function saidOf(view: View, stale: boolean): string {
  if (stale) return 'It has changed: look at it as it is now.';
  const needs = view.needed.length === 0 ? '' : `Needs ${neededText(view.needed)}.`;
  if (view.state === 'pending' && view.barred === null) return needs;
  if (view.state === 'pending') return `${sentence(view.barred ?? '')}. ${needs}`;
  const ended: Readonly<Record<string, string>> = {
    approved: 'Approved. It may go on as soon as the caller sends it again, or at once where it waits.',
    granted: 'Approved, and in use.',
    consumed: view.glass ? 'It went on without approval: a human broke the glass.' : 'Approved, and it has run.',
    rejected: 'Rejected.',
    expired: 'It has expired.',
    withdrawn: 'The caller withdrew it.',
    revoked: 'Its grant was revoked.',
  };
  return ended[view.state] ?? view.state;
}

function doneText(act: Act, now: View): string {
  if (act === 'reject') return 'Rejected. The caller reads your reason.';
  if (act === 'withdraw') return now.state === 'withdrawn' ? 'Withdrawn.' : 'Your approval is taken back.';
  return now.state === 'pending' ? `Approved. It still needs ${neededText(now.needed)}.` : 'Approved. It may go on.';
}

const words = {
  approve: { title: 'Approve this request?', button: 'Approve', hint: 'Reason (optional)' },
  reject: { title: 'Reject this request?', button: 'Reject', hint: 'Reason, which the caller reads' },
  withdraw: { title: 'Take it back?', button: 'Take it back', hint: 'Reason (optional)' },
} as const;

/** Says once more what is decided on, and takes the reason; nothing is taken for done before the service says so. */
function VerdictDialog({
  act,
  view,
  close,
}: {
  readonly act: Act;
  readonly view: View;
  /** With the hold as it is after the verdict; null when there was none. */
  readonly close: (now: View | null) => void;
}) {
  const { api, holds, session, say } = useConsole();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const { title, button, hint } = words[act];
  const described = describe(view);
  const required = (view as { readonly countersignature?: unknown }).countersignature === 'required';
  const signs = act === 'approve' && (required || session.passkeys.length > 0);
  const [unsigned, setUnsigned] = useState(false);

  const decide = async (signed: boolean) => {
    setBusy(true);
    setFault(null);
    const shown = { digest: view.digest, version: view.version };
    try {
      const assertion = signed ? { assertion: await sign(view.id, shown) } : {};
      const said: Said = { ...shown, ...assertion, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
      close(await api.decide(act, view.id, said));
      return;
    } catch (error) {
      const problem = problemOf(error);
      setBusy(false);
      if (problem.status !== 409) {
        setUnsigned(signed && problem.code === 'internal' && !required);
        setFault(problem.detail);
        return;
      }
      // Somebody was faster: the page shows what changed.
      say({ text: sentence(problem.detail), tone: 'bad' });
      api.hold(view.id).then(holds.take, () => {});
      close(null);
    }
  };
  const sign = async (id: string, shown: { readonly digest: string; readonly version: number }) => {
    const optionsJSON = await api.challenge(id, 'approve', shown);
    return startAuthentication({ optionsJSON } as Parameters<typeof startAuthentication>[0]);
  };

  return (
    <Dialog title={title} close={() => close(null)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide(signs);
        }}
      >
        <div class="verdict">
          <span class="kind">{described?.kind ?? 'Closed'}</span>
          <code class="verdict-what">
            <Text of={(described?.title ?? view.rule).slice(0, 400)} />
          </code>
          <Alarms of={described?.commands ?? []} />
          <p class="verdict-who">
            for{' '}
            {chainOf(view).map(({ id }, at) => (
              <span key={at}>
                {at > 0 && ' through '}
                <Text of={id} />
              </span>
            ))}
            , {view.grant === null ? 'once' : `for ${spanText(view.grant.forMs)}, ${view.grant.uses} times at most`}
          </p>
          <p class="verdict-bound">
            {view.id}, version {view.version}, digest {view.digest.slice(0, 12)}
          </p>
        </div>
        <label class="field">
          <span>{hint}</span>
          <textarea
            rows={3}
            maxLength={4_096}
            required={act === 'reject'}
            value={reason}
            data-first={act === 'reject' || undefined}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
        </label>
        {required && session.passkeys.length === 0 && (
          <p class="fault">
            <Icon name="key" /> The policy wants a countersignature: enrol a passkey in the settings first.
          </p>
        )}
        {fault !== null && (
          <p class="fault" role="alert">
            <Icon name="alert" /> {sentence(fault)}
          </p>
        )}
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => close(null)}>
            Cancel
          </button>
          {unsigned && (
            <button type="button" class="button" onClick={() => decide(false)} disabled={busy}>
              Approve unsigned
            </button>
          )}
          <button
            type="submit"
            class={`button ${act === 'reject' ? 'danger' : 'primary'}`}
            disabled={busy || (required && session.passkeys.length === 0 && act === 'approve')}
            data-first={act !== 'reject' || undefined}
          >
            {signs && <Icon name="key" />}
            {busy ? 'One moment' : signs ? `${button} and sign` : button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
