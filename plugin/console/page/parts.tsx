import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Toast, useConsole, useNow } from './context.tsx';
import type { Shown } from './describe.ts';
import { Icon, type IconName } from './icons.tsx';
import { hostOf, initials } from './people.ts';
import { plain, runs } from './text.ts';
import { agoText, clockText, leftPart, leftText, leftWords, shortClock, urgency, utcText } from './time.ts';
import type { Problem, View } from './wire.ts';

/** Somebody else's text: never markup, its hidden characters shown by number. */
export function Text({ of }: { readonly of: string }) {
  return (
    <bdi>
      {runs(of).map(({ text, mark }, at) =>
        mark === null ? (
          text
        ) : (
          <mark class="unseen" key={at} title={`${text} ${mark}`}>
            {text}
          </mark>
        ),
      )}
    </bdi>
  );
}

/** A moment in the chosen zone; the others when somebody points at it. */
export function Time({ at, short = false }: { readonly at: number; readonly short?: boolean }) {
  const { prefs, clock } = useConsole();
  const zone = prefs.zone === 'UTC' ? 'UTC' : undefined;
  const local = `${clockText(at, undefined, clock.now())} here`;
  return (
    <time dateTime={new Date(at).toISOString()} title={`${local}\n${utcText(at)}`}>
      {short ? shortClock(at, zone, clock.now()) : clockText(at, zone, clock.now())}
      {short || prefs.zone !== 'UTC' ? '' : ' UTC'}
    </time>
  );
}

/** `4 min ago`, with the moment when somebody points at it. */
export function Ago({ at }: { readonly at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={`${clockText(at, undefined, now)} here\n${utcText(at)}`}>
      {agoText(now - at)}
    </time>
  );
}

/** What is left of a hold's time; said in words, which change by the minute. */
export function Countdown({ of, bar = false }: { readonly of: View; readonly bar?: boolean }) {
  const left = of.ends - useNow();
  const part = Math.round(10 * leftPart(of.opened, of.ends, of.ends - left));
  return (
    <span class={`countdown ${urgency(left)}`} title={utcText(of.ends)}>
      {bar && (
        <span class="countdown-bar" aria-hidden="true">
          <span class={`fill part-${part}`} />
        </span>
      )}
      <span aria-hidden="true">{leftText(left)}</span>
      <span class="unseen-label">{leftWords(left)}</span>
    </span>
  );
}

const tones: Readonly<Record<string, string>> = {
  pending: 'wait',
  approved: 'good',
  granted: 'good',
  consumed: 'quiet',
  rejected: 'bad',
  revoked: 'bad',
  expired: 'quiet',
  withdrawn: 'quiet',
  opened: 'bad',
  acknowledged: 'wait',
  resolved: 'good',
};

const stateWords: Readonly<Record<string, string>> = { consumed: 'used', granted: 'in use', opened: 'open' };

/** The state of a hold or a deviation. */
export function State({ of }: { readonly of: string }) {
  return <span class={`pill ${tones[of] ?? 'quiet'}`}>{stateWords[of] ?? of}</span>;
}

/** What must not be overlooked of the commands, where they stand on one line. */
export function Alarms({ of }: { readonly of: readonly Shown[] }) {
  const said = [...new Set(of.flatMap(({ tags }) => tags.filter(({ alarm }) => alarm).map(({ text }) => text)))];
  if (said.length === 0) return null;
  return (
    <span class="alarms">
      {said.map((text) => (
        <span class="tag alarm" key={text}>
          <Text of={text} />
        </span>
      ))}
    </span>
  );
}

/** Somebody, with where their name comes from. */
export function Person({
  name,
  issuer,
  kind,
}: {
  readonly name: string;
  readonly issuer?: string;
  readonly kind?: string;
}) {
  return (
    <span class="person" title={issuer === undefined || issuer === '' ? undefined : plain(issuer)}>
      <span class={`avatar ${kind === 'agent' || kind === 'workload' ? 'machine' : ''}`} aria-hidden="true">
        {initials(name)}
      </span>
      <span class="person-name">
        <Text of={name} />
        {issuer !== undefined && issuer !== '' && <span class="person-issuer">{plain(hostOf(issuer))}</span>}
      </span>
    </span>
  );
}

/** Nothing is there, and what that means. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

/** Something went wrong, in the words of who refused, and a way to try again. */
export function Failure({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  const offline = problem.code === 'offline';
  return (
    <div class="empty" role="alert">
      <span class="empty-icon bad">
        <Icon name="alert" />
      </span>
      <h2>{offline ? 'The service does not answer' : problem.status === 403 ? 'Not for you' : 'That did not work'}</h2>
      <p>{offline ? 'It may be restarting. Nothing that was decided is lost.' : plain(problem.detail)}</p>
      {again !== undefined && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Lines where something will stand. */
export function Loading({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <span class="bone" key={at} />
      ))}
    </div>
  );
}

/** A window above the page that must be answered. The focus goes in, and back to where it was. */
export function Dialog({
  title,
  close,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    const wanted = element.current?.querySelector('[data-first]');
    if (wanted instanceof HTMLElement) wanted.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <div class="dialog-head">
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="button quiet square" aria-label="Close" onClick={close}>
          <Icon name="cross" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

/** A key on the keyboard, beside the word for what it does: not said aloud. */
export function Kbd({ children }: { readonly children: string }) {
  return (
    <span class="key" aria-hidden="true">
      {children}
    </span>
  );
}

/** What was just done, said aloud and shown for a while. */
export function Toasts({ toasts }: { readonly toasts: readonly (Toast & { readonly n: number })[] }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ text, tone, n }) => (
        <div class={`toast ${tone}`} key={n}>
          <Icon name={tone === 'good' ? 'check' : 'alert'} />
          {text}
        </div>
      ))}
    </div>
  );
}
