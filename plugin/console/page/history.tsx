import { useEffect, useState } from 'preact/hooks';
import { problemOf } from './api.ts';
import { useConsole } from './context.tsx';
import { Empty, Failure, Loading, State, Text, Time } from './parts.tsx';
import { nameOf } from './people.ts';
import { spanText } from './time.ts';
import type { Closed, Problem } from './wire.ts';

const stepWords: Readonly<Record<string, string>> = {
  opened: 'asked',
  approved: 'approved',
  retracted: 'took back',
  rejected: 'rejected',
  expired: 'expired',
  withdrawn: 'withdrew',
  granted: 'ran',
  consumed: 'ran',
  revoked: 'revoked',
  broke_glass: 'broke the glass',
};

/** Steps that nobody decided are told by the state alone. */
const quiet: ReadonlySet<string> = new Set(['opened', 'expired']);

/** Closed holds, the newest first, page by page. */
export function HistoryPage() {
  const { api } = useConsole();
  const [holds, setHolds] = useState<readonly Closed[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [more, setMore] = useState(true);
  const [text, setText] = useState('');
  const load = (before?: number) =>
    api.history(before).then(
      (page) => {
        setProblem(null);
        setMore(page.length === 50);
        setHolds((known) => (before === undefined ? page : [...(known ?? []), ...page]));
      },
      (error: unknown) => setProblem(problemOf(error)),
    );
  // Read once.
  useEffect(() => void load(), []);
  const words = text.toLowerCase().trim();
  const shown = (holds ?? []).filter((one) => words === '' || JSON.stringify(one).toLowerCase().includes(words));
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>History</h1>
          <p class="lead">
            What was asked, who decided, and how it ended. Names come from the signed log; texts are gone.
          </p>
        </div>
        <search class="search">
          <input
            type="search"
            placeholder="Filter this page"
            aria-label="Filter the history"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </search>
      </header>
      {problem !== null && <Failure problem={problem} again={() => void load()} />}
      {holds === null && problem === null && <Loading />}
      {holds !== null && shown.length === 0 && (
        <Empty icon="history" title={words === '' ? 'Nothing has ended yet' : 'Nothing like that on this page'}>
          Closed requests stand here for 90 days.
        </Empty>
      )}
      {shown.length > 0 && (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Ended</th>
              <th scope="col">Outcome</th>
              <th scope="col">Rule</th>
              <th scope="col">Asked by</th>
              <th scope="col">Decided by</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <tr key={one.id}>
                <td data-label="Ended">
                  <Time at={one.closed} />
                </td>
                <td data-label="Outcome">
                  <State of={one.state} />
                  {one.glass && <span class="pill bad">glass broken</span>}
                </td>
                <td data-label="Rule">
                  <code>{one.rule}</code>
                </td>
                <td data-label="Asked by">
                  <Text of={nameOf(one.asker)} />
                </td>
                <td data-label="Decided by">
                  <Steps of={one} />
                </td>
                <td data-label="Took" class="number">
                  {spanText(one.closed - one.opened)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {holds !== null && holds.length > 0 && more && (
        <button type="button" class="button more" onClick={() => void load(holds.at(-1)?.n)}>
          Older
        </button>
      )}
    </div>
  );
}

function Steps({ of }: { readonly of: Closed }) {
  const told = of.steps.filter(({ transition, by }) => by !== null && !quiet.has(transition));
  if (told.length === 0) return <span class="note">nobody</span>;
  return (
    <ul class="steps">
      {told.map(({ transition, by, at }) => (
        <li key={`${transition}${at}`}>
          <Text of={nameOf(by)} /> <span class="note">{stepWords[transition] ?? transition}</span>
        </li>
      ))}
    </ul>
  );
}
