import t from 'tap';
import { openFolder } from '../../plugin/verify/folder.ts';

t.test('what nobody read is left over', async (t) => {
  const path = t.testdir({ checkpoint: 'c', tile: { 0: { '000.p': { 1: 'a', 2: 'b' } } } });
  const folder = openFolder(path);
  t.same(folder.left(), ['tile/0/000.p/1', 'tile/0/000.p/2']);
  t.same(folder.names('tile/0/000.p'), ['1', '2']);
  t.same(folder.names('segments'), []);
  t.equal(String(folder.checkpoint), 'c');
  t.equal(String(folder.read('tile/0/000.p/1')), 'a');
  t.equal(folder.read('vkey'), null);
  t.equal(folder.sizeOf('tile/0/000.p/2'), 1);
  t.equal(folder.sizeOf('vkey'), 0);
  t.same(folder.left(), ['tile/0/000.p/2']);
  t.equal(openFolder(t.testdir()).checkpoint, null);
});

t.test('a folder that is not there is a usage error', async (t) => {
  t.throws(() => openFolder('/nonexistent/log'), { code: 'usage', message: /expected the folder/ });
});
