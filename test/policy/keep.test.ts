import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { type KeeperParts, keepPolicy } from '../../plugin/policy/keep.ts';
import type { Found, Origin } from '../../plugin/policy/origin.ts';
import type { Policy } from '../../plugin/policy/policy.ts';

/** A policy of a digest and a serial, which counts how often it is asked. */
function policyOf(digest: string, serial: number | null = null): Policy & { readonly asked: () => number } {
  let count = 0;
  return {
    digest,
    revision: digest,
    serial,
    respond: null,
    decide: () => {
      count += 1;
      return {} as ReturnType<Policy['decide']>;
    },
    asked: () => count,
  };
}

/** A keeper of what a test says is there: a path names a policy, or an error's message. */
async function setUp(
  first: string,
  policies: Record<string, Policy>,
  more: Partial<KeeperParts> & { lastGood?: string } = {},
) {
  const said: string[] = [];
  let there = first;
  const origin: Origin = {
    lastGood: more.lastGood ?? null,
    async look() {
      if (there === 'as before') return null;
      if (there === 'gone') throw new CountersignError('policy_missing', 'nobody answers');
      const path = there;
      const note = (what: string) => async () => void said.push(`${what} ${path}`);
      return { path, kept: note('kept'), refused: note('refused') } satisfies Found;
    },
  };
  const keeper = await keepPolicy({
    origin,
    poll: null,
    acceptSerial: null,
    inputs: () => [],
    async load(path) {
      const policy = policies[path];
      if (policy === undefined) throw new CountersignError('policy_invalid', `${path} is none`);
      return policy;
    },
    activate: async ({ digest }) => void said.push(`activate ${digest}`),
    refuse: async ({ code }) => void said.push(`refuse ${code}`),
    ...more,
  });
  t.teardown(() => keeper.close());
  return {
    keeper,
    said,
    async offer(path: string) {
      there = path;
      said.length = 0;
      await keeper.look();
      return [...said];
    },
  };
}

t.test('a new policy is warm, entered, and then in force; the same again is neither', async (t) => {
  const [a, b] = [policyOf('a'), policyOf('b')];
  const { keeper, said, offer } = await setUp('a', { a, b, again: policyOf('b') });
  t.same(said, ['activate a', 'kept a']);
  t.equal(keeper.current, a);
  t.same(await offer('b'), ['activate b', 'kept b']);
  t.ok(b.asked() >= 200);
  t.equal(keeper.current, b);
  t.same(await offer('again'), ['kept again']);
  t.equal(keeper.current, b);
});

t.test('what does not load leaves what is in force, and is told once', async (t) => {
  const a = policyOf('a');
  const { keeper, offer } = await setUp('a', { a, b: policyOf('b') });
  t.same(await offer('rubbish'), ['refused rubbish', 'refuse policy_invalid']);
  t.same(await offer('rubbish'), ['refused rubbish']);
  t.same(await offer('gone'), ['refuse policy_missing']);
  t.equal(keeper.current, a);
  t.same(await offer('b'), ['activate b', 'kept b']);
  t.same(await offer('gone'), ['refuse policy_missing'], 'another time it is news');
});

t.test('a policy that can not be entered is not in force', async (t) => {
  const [a, b] = [policyOf('a'), policyOf('b')];
  let broken = false;
  const { keeper, offer } = await setUp(
    'a',
    { a, b },
    {
      activate: async () => {
        if (broken) throw new CountersignError('audit_broken', 'the log is broken');
      },
    },
  );
  broken = true;
  await offer('b');
  t.equal(keeper.current, a);
});

t.test('a serial never goes back, but for the one that the operator accepts', async (t) => {
  const policies = { seven: policyOf('7', 7), eight: policyOf('8', 8), six: policyOf('6', 6), none: policyOf('n') };
  const { keeper, offer } = await setUp('seven', policies, { acceptSerial: 6 });
  t.same(await offer('eight'), ['activate 8', 'kept eight']);
  t.same(await offer('seven'), ['refused seven', 'refuse policy_invalid']);
  t.same(await offer('none'), ['refused none', 'refuse policy_invalid']);
  t.equal(keeper.current?.digest, '8');
  t.same(await offer('six'), ['activate 6', 'kept six']);
});

t.test('threat 25: an old bundle that is refused is not news, however often it is said to be current', async (t) => {
  const { keeper, offer } = await setUp('new', {
    new: policyOf('8', 8),
    old: policyOf('7', 7),
    next: policyOf('9', 9),
  });
  const { checked } = keeper;
  t.ok(checked > 0);
  // The clock has a millisecond's resolution.
  const later = () => new Promise((resolve) => setTimeout(resolve, 2));
  await offer('old');
  await later();
  await offer('as before');
  t.equal(keeper.checked, checked);
  await offer('next');
  t.ok(keeper.checked > checked);
});

t.test('a bundle without a serial does not follow one that has it', async (t) => {
  const { keeper, offer } = await setUp('five', { five: policyOf('5', 5), none: policyOf('n') });
  t.same(await offer('none'), ['refused none', 'refuse policy_invalid']);
  t.equal(keeper.current?.digest, '5');
});

t.test('what served before a restart serves while the source is away, and its serial counts', async (t) => {
  const policies = { kept: policyOf('8', 8), old: policyOf('7', 7), newer: policyOf('9', 9) };
  const { keeper, said, offer } = await setUp('gone', policies, { lastGood: 'kept' });
  t.same(said, ['activate 8', 'refuse policy_missing']);
  t.equal(keeper.current?.digest, '8');
  t.equal(keeper.checked, 0);
  t.same(await offer('old'), ['refused old', 'refuse policy_invalid']);
  await offer('newer');
  t.equal(keeper.current?.digest, '9');
  t.ok(keeper.checked > 0);
  const without = await setUp('gone', {}, { lastGood: 'never kept' });
  t.equal(without.keeper.current, null);
});

t.test('looks that come together are one, and intervals look by themselves', async (t) => {
  let loads = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  // The keeper's own timer keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  const { keeper } = await setUp(
    'a',
    {},
    {
      poll: 1,
      load: async () => {
        loads += 1;
        if (loads > 3) resolve();
        return policyOf('a');
      },
    },
  );
  const before = loads;
  await Promise.all([keeper.look(), keeper.look()]);
  t.ok(loads - before <= 2);
  await promise;
  t.ok(loads > 3);
});
