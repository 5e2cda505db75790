import { join } from 'node:path';
import t from 'tap';
import { commitmentOf, newSecret } from '../../plugin/audit/commit.ts';
import { openErasable } from '../../plugin/audit/erasable.ts';
import { openOpenings } from '../../plugin/audit/openings.ts';

t.test('salts of fields go out, the secret that they come of never', async (t) => {
  const openings = await openOpenings(join(t.testdir(), 'openings.db'));
  t.teardown(() => openings.close());
  const secret = newSecret();
  await openings.put([{ seq: 4, secret, values: { query: Buffer.from('a=1'), body: Buffer.from([0, 255]) } }]);
  const erasable = openErasable(openings);
  const disclosed = await erasable.disclose(4);
  t.same(
    disclosed.map(({ field, value }) => [field, value]),
    [
      ['query', 'YT0x'],
      ['body', 'AP8='],
    ],
  );
  t.notMatch(JSON.stringify(disclosed), secret.toString('base64'));
  t.not(disclosed[0]?.salt, disclosed[1]?.salt);
  const [query] = disclosed;
  t.match(commitmentOf(Buffer.from(query?.salt ?? '', 'base64'), 'query', Buffer.from('a=1')), /^[\w-]{43}$/);
  t.same(await erasable.kept(), [4]);
  await erasable.erase([4, 99]);
  t.same(await erasable.kept(), []);
  t.same(await erasable.disclose(4), []);
});
