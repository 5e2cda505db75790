import t from 'tap';
import { listen, type Source } from '../../../plugin/console/page/live.ts';

/** Streams that a test opens, feeds and breaks. */
function streams() {
  const all: { tell(name: string, data?: unknown): void; closed: boolean; readyState: number }[] = [];
  const later: { run: () => void; ms: number }[] = [];
  const heard: string[] = [];
  const end = listen(
    {
      hold: ({ id, version }) => heard.push(`hold ${id} ${version}`),
      deviation: ({ id }) => heard.push(`deviation ${id}`),
      open: () => heard.push('open'),
      broken: () => heard.push('broken'),
    },
    () => {
      const listeners = new Map<string, (event: { readonly data?: unknown }) => void>();
      const stream = {
        ...{ closed: false, readyState: 1 },
        addEventListener: (name: string, listener: (event: { readonly data?: unknown }) => void) =>
          void listeners.set(name, listener),
        close() {
          stream.closed = true;
        },
        tell: (name: string, data?: unknown) => listeners.get(name)?.({ data }),
      };
      all.push(stream);
      return stream satisfies Source;
    },
    (run, ms) => later.push({ run, ms }),
  );
  return { all, later, heard, end };
}

t.test('what the stream tells is heard; what is no news is not', async (t) => {
  const { all, heard, end } = streams();
  const [stream] = all;
  stream?.tell('open');
  stream?.tell('hold', '{"id":"h_1","state":"pending","version":2}');
  stream?.tell('deviation', '{"id":"e/7"}');
  for (const nonsense of ['{', '7', 'null', '{"state":"x"}', undefined]) stream?.tell('hold', nonsense);
  t.same(heard, ['open', 'hold h_1 2', 'deviation e/7']);
  end();
  t.equal(stream?.closed, true);
});

t.test('a stream that the browser gives up on is opened again, ever later', async (t) => {
  const { all, later, heard, end } = streams();
  all[0]?.tell('error');
  t.same([heard, later], [['broken'], []], 'the browser tries again by itself');
  for (const [at, ms] of [1_000, 2_000, 5_000, 10_000, 30_000, 30_000].entries()) {
    const stream = all[at];
    if (stream !== undefined) stream.readyState = 2;
    stream?.tell('error');
    t.equal(later[at]?.ms, ms);
    later[at]?.run();
  }
  t.equal(all.length, 7);
  all[6]?.tell('open');
  const last = all[6];
  if (last !== undefined) last.readyState = 2;
  last?.tell('error');
  t.equal(later.at(-1)?.ms, 1_000, 'it worked once: soon again');
  end();
  later.at(-1)?.run();
  t.equal(all.length, 7, 'nobody listens any longer');
});
