import { useEffect, useMemo, useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import { cautionsOf } from './cautions.ts';
import { changesOf } from './change.ts';
import { useConsole } from './context.tsx';
import { DecideBar } from './decide.tsx';
import { describe } from './describe.ts';
import { Icon } from './icons.tsx';
import { after, powersOf, type Row } from './inbox.ts';
import { Ago, Countdown, Failure, Loading, Person, State, Text, Time } from './parts.tsx';
import { chainOf, nameOf } from './people.ts';
import { RequestText } from './request.tsx';
import type { Keyed } from './shell.tsx';
import { spanText } from './time.ts';
import type { Closed, Problem, View } from './wire.ts';

/**
 * One hold, whole. What is on the screen stays as it is until its reader asks for what is new: a verdict is bound to
 * what was shown, so that must not change while somebody reads it (threat 21).
 */
export function Detail({
  id,
  rows,
  leave,
  onCommand,
}: Keyed & {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly leave: (next: string | null) => void;
}) {
  const { api, holds, session } = useConsole();
  const { take } = holds;
  const now = holds.all.get(id);
  const [shown, setShown] = useState<View | null>(now ?? null);
  const [fault, setFault] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);

  // Another try reads again.
  useEffect(() => {
    let gone = false;
    api.hold(id).then(
      (view) => {
        if (gone) return;
        take(view);
        setFault(null);
        setShown((before) => (before === null || before.version === view.version ? withTexts(view, before) : before));
      },
      (error: unknown) => {
        if (!gone) setFault(problemOf(error));
      },
    );
    return () => {
      gone = true;
    };
  }, [api, id, take, tries]);
  useEffect(() => {
    if (innerWidth < narrow) document.getElementById('hold-title')?.focus();
  }, []);

  // Where this viewer decides nothing, nothing is bound to what is shown: it follows.
  const binds = shown !== null && powersOf(shown, session).decide;
  useEffect(() => {
    if (!binds && now !== undefined)
      setShown((before) => (before !== null && before.version >= now.version ? before : withTexts(now, before)));
  }, [binds, now]);
  if (shown === null)
    return fault === null ? <Loading /> : <Failure problem={fault} again={() => setTries(tries + 1)} />;
  const news = now === undefined || !binds || now.version <= shown.version ? [] : changesOf(shown, now);
  const adopt = (view: View) => setShown((before) => withTexts(view, before));
  return (
    <article class="detail">
      <Page view={shown} news={news} leave={() => leave(null)} adopt={() => now !== undefined && adopt(now)} />
      <DecideBar
        view={shown}
        stale={news.length > 0}
        next={after(rows, id)}
        {...{ leave, onCommand }}
        decided={(view) => {
          take(view);
          adopt(view);
        }}
      />
    </article>
  );
}

/** Pixels below which list and request do not stand side by side. */
const narrow = 900;

/** A closed hold has no texts any longer: what was read stays as long as it is read. */
function withTexts(view: View, before: View | null): View {
  return {
    ...view,
    display: view.display ?? before?.display ?? null,
    justification: view.justification ?? before?.justification ?? null,
    rejectedBefore: view.rejectedBefore ?? before?.rejectedBefore ?? null,
  };
}

function Page({
  view,
  news,
  leave,
  adopt,
}: {
  readonly view: View;
  readonly news: readonly string[];
  readonly leave: () => void;
  readonly adopt: () => void;
}) {
  const described = useMemo(() => describe(view), [view.display]);
  const cautions = useMemo(() => cautionsOf(view, described), [view, described]);
  const live = view.closed === null;
  return (
    <div class="detail-body">
      <header class="detail-head">
        <button type="button" class="button quiet to-list" onClick={leave}>
          <Icon name="back" /> Inbox
        </button>
        <p class="detail-line">
          <span class="kind">{described?.kind ?? 'Closed'}</span>
          <State of={view.state} />
          <span class="detail-asked">
            asked <Ago at={view.opened} />
          </span>
          <span class="grow" />
          {live && <Countdown of={view} bar />}
        </p>
        <h2 id="hold-title" tabIndex={-1}>
          <Text of={view.reason || view.rule} />
        </h2>
        <p class="detail-rule">
          held by the rule <code>{view.rule}</code>
        </p>
      </header>
      {news.length > 0 && (
        <div class="news" role="alert">
          <Icon name="alert" />
          <div>
            <strong>It has changed while you read it.</strong>
            <ul>
              {news.map((line) => (
                <li key={line}>
                  <Text of={line} />
                </li>
              ))}
            </ul>
          </div>
          <button type="button" class="button" onClick={adopt} data-adopt>
            Show it as it is
          </button>
        </div>
      )}
      <Who view={view} />
      {cautions.length > 0 && (
        <section class="cautions" aria-label="Look twice">
          <h3>
            <Icon name="alert" /> Look twice
          </h3>
          <ul>
            {cautions.map(({ what, text }) => (
              <li key={what} class={what}>
                <Text of={text} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {described === null ? (
        <section class="card">
          <p class="card-text">The texts of a closed request are gone; the log has what commits to them.</p>
        </section>
      ) : (
        <RequestText described={described} />
      )}
      <Approvals view={view} />
      <Earlier id={view.id} />
      <Binding view={view} />
    </div>
  );
}

const roles = { owns: 'owns the agent', asks: 'asks', acts: 'acts for it' } as const;

/** Who asks through whom, and why, in their own words. */
function Who({ view }: { readonly view: View }) {
  return (
    <section class="who" aria-label="Who asks">
      <ol class="chain">
        {chainOf(view).map(({ role, id, issuer, kind }) => (
          <li key={`${role}${issuer}${id}`} class={role}>
            <Person name={id} issuer={issuer} kind={kind} />
            <span class="chain-role">
              {roles[role]}
              {role === 'asks' && kind !== 'human' ? ` (${kind})` : ''}
            </span>
          </li>
        ))}
      </ol>
      {view.justification !== null && (
        <figure class="words">
          <figcaption>Their own words. Nobody vouches for them.</figcaption>
          <blockquote>
            <Text of={view.justification} />
          </blockquote>
        </figure>
      )}
    </section>
  );
}

/** Who has approved, and what is still needed. */
function Approvals({ view }: { readonly view: View }) {
  const lists = view.needed;
  return (
    <section class="card" aria-labelledby="approvals-title">
      <h3 class="card-head" id="approvals-title">
        Approvals
        {view.hours !== null && <span class="card-note">only from {view.hours}</span>}
      </h3>
      <ul class="slots">
        {view.approvals.map(({ approver, group, reason, at }) => (
          <li class="slot filled" key={`${approver.issuer}${approver.id}${at}`}>
            <span class="slot-mark">
              <Icon name="check" />
            </span>
            <span class="slot-who">
              <strong>
                <Text of={nameOf(approver)} />
              </strong>{' '}
              for {group}
              {reason !== null && (
                <q>
                  <Text of={reason} />
                </q>
              )}
            </span>
            <Time at={at} short />
          </li>
        ))}
        {view.rejection !== null && (
          <li class="slot refused">
            <span class="slot-mark">
              <Icon name="cross" />
            </span>
            <span class="slot-who">
              <strong>
                <Text of={nameOf(view.rejection.approver)} />
              </strong>{' '}
              rejected it
              <q>
                <Text of={view.rejection.reason} />
              </q>
            </span>
            <Time at={view.rejection.at} short />
          </li>
        )}
        {view.glass && (
          <li class="slot refused">
            <span class="slot-mark">
              <Icon name="alert" />
            </span>
            <span class="slot-who">
              <strong>Nobody approved.</strong> A human broke the glass.
            </span>
          </li>
        )}
        {lists.map((list, at) => (
          <li class="slot-list" key={at}>
            {at > 0 && <span class="slot-or">or</span>}
            <ul>
              {list.flatMap(({ group, count }) =>
                Array.from({ length: count }, (_, n) => (
                  <li class="slot" key={`${group}${n}`}>
                    <span class="slot-mark" />
                    <span class="slot-who">
                      somebody of <strong>{group}</strong>
                    </span>
                    <span class="slot-wait">needed</span>
                  </li>
                )),
              )}
            </ul>
          </li>
        ))}
      </ul>
      <p class="card-text good-for">{goodFor(view)}</p>
    </section>
  );
}

function goodFor({ grant }: View): string {
  if (grant === null) return 'An approval is good for this request, once.';
  const alike =
    grant.match === 'statement' ? 'the same statement with any values' : 'the same command with the same values';
  const free = grant.free.length === 0 ? '' : `, whatever ${grant.free.join(' and ')} says`;
  return `An approval is a grant: for ${spanText(grant.forMs)} the same caller may send ${alike}${free}, ${grant.uses} times at most. Used ${grant.used} times.`;
}

/** What people decided before on requests of this shape. */
function Earlier({ id }: { readonly id: string }) {
  const { api } = useConsole();
  const [holds, setHolds] = useState<readonly Closed[]>([]);
  useEffect(() => {
    let gone = false;
    api.earlier(id).then(
      (found) => {
        if (!gone) setHolds(found.filter((one) => one.id !== id));
      },
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [api, id]);
  if (holds.length === 0) return null;
  return (
    <section class="card" aria-labelledby="earlier-title">
      <h3 class="card-head" id="earlier-title">
        Earlier requests of this shape
        <span class="card-note">whatever their values</span>
      </h3>
      <ul class="earlier">
        {holds.map((one) => (
          <li key={one.id}>
            <State of={one.state} />
            <span class="earlier-who">
              <Text of={nameOf(one.asker)} />
              {one.steps.some(({ by }) => by !== null) && ', decided by '}
              <Text of={[...new Set(one.steps.flatMap(({ by }) => (by === null ? [] : [nameOf(by)])))].join(', ')} />
            </span>
            <Time at={one.closed} short />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a verdict names. */
function Binding({ view }: { readonly view: View }) {
  return (
    <section class="binding" aria-label="What a verdict is bound to">
      <p>
        A verdict is bound to exactly this: every byte above, who asks, and what the policy changes. If any of it
        differs, it is another request.
      </p>
      <dl class="headers">
        <div>
          <dt>request</dt>
          <dd>
            {view.id}, version {view.version}
          </dd>
        </div>
        <div>
          <dt>digest</dt>
          <dd>{view.digest}</dd>
        </div>
        <div>
          <dt>policy</dt>
          <dd>{view.policyDigest}</dd>
        </div>
        <div>
          <dt>ends</dt>
          <dd>
            <Time at={view.ends} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
