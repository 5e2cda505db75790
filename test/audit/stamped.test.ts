import t from 'tap';
import { firstAnchor, withAuthority } from '../../plugin/audit/stamped.ts';

const bundle = '{"signedTimestamp": "AAAA"}';
const store = {
  folders: async () => ['12', '3', '7', 'x'],
  list: async (folder: string) => (folder === 'anchors/7' ? ['cosigned'] : ['checkpoint', 'checkpoint.bundle.json']),
  read: async (path: string) => Buffer.from(path.endsWith('.json') ? bundle : path),
};

t.test('the first stamped checkpoint that covers a batch is taken', async (t) => {
  for (const [batch, found] of [
    [0, 'anchors/3/checkpoint'],
    [3, 'anchors/12/checkpoint'],
    [11, 'anchors/12/checkpoint'],
  ] as const)
    t.equal(String((await firstAnchor(store, batch))?.checkpoint), found);
  t.equal(await firstAnchor(store, 12), null);
});

t.test('a stamp without certificates names no authority', async (t) => {
  const root = withAuthority(Buffer.from('{"timestampAuthorities":[]}'), [Buffer.alloc(3)], '');
  t.same(JSON.parse(String(root)), { timestampAuthorities: [] });
});
