import t from 'tap';
import { isRecord, namesOf, nodeOf, nodesOf, text, walk } from '../../plugin/command/tree.ts';

t.test('nodes come with their name, or without where the type is certain', async (t) => {
  t.strictSame(nodeOf({ DropStmt: { a: 1 } }), { name: 'DropStmt', fields: { a: 1 } });
  t.strictSame(nodeOf({ relname: 't' }), { name: '', fields: { relname: 't' } });
  t.equal(nodeOf([]), null);
  t.equal(nodeOf('x'), null);
  t.strictSame(namesOf([{ String: { sval: 's' } }, { A_Star: {} }]), ['s', '*']);
  t.equal(nodesOf({ List: { items: [{ A: {} }, {}] } }).length, 2);
  t.strictSame(nodesOf(undefined), []);
  t.equal(text(7), '');
  t.equal(isRecord(null), false);
});

t.test('a walk sees every node, and stays out where it is told to', async (t) => {
  const seen: string[] = [];
  walk([{ A: { x: { B: { y: [{ C: {} }] } } } }, { D: { z: { E: {} } } }], ({ name }) => {
    seen.push(name);
    return name !== 'D';
  });
  t.strictSame(seen, ['A', 'B', 'C', 'D']);
});
