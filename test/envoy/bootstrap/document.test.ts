import t from 'tap';
import { at, find, isObject, list, on, places, typeOf, zero } from '../../../plugin/envoy/bootstrap/document.ts';

const document = { a: [{ b: { '@type': 'x.Y' } }, 1], c: null };

t.test('objects are found at any depth', async (t) => {
  t.same(
    find(document, (it) => typeOf(it) === 'x.Y'),
    [{ '@type': 'x.Y' }],
  );
  t.equal(find(document, () => true).length, 3, 'itself included');
  t.same(
    find(undefined, () => true),
    [],
  );
});

t.test('a path that leads nowhere gives nothing', async (t) => {
  t.equal(at({ a: { b: 1 } }, 'a', 'b'), 1);
  t.equal(at({ a: null }, 'a', 'b'), undefined);
  t.equal(at(document, 'a', '0'), undefined, 'lists have no members');
});

t.test('what is not of the type that is asked for counts as nothing', async (t) => {
  t.same(list({}), []);
  t.same(list([1]), [1]);
  t.equal(typeOf({ '@type': 1 }), '');
  for (const value of ['0s', '0.0s', '0']) t.ok(zero(value), value);
  for (const value of ['1s', 0, null]) t.notOk(zero(value), String(value));
  for (const value of [null, [], 'x', undefined]) t.notOk(isObject(value));
});

t.test('an object is placed by the named things around it', async (t) => {
  const hosts = [{ name: 'all', routes: [{ b: {} }] }];
  t.strictSame(
    places({ virtual_hosts: hosts }, 'listener edge').map(({ where }) => where),
    [
      'listener edge',
      'listener edge, host all',
      'listener edge, host all, route 0',
      'listener edge, host all, route 0',
    ],
  );
  t.strictSame(places([[{ a: 1 }]], ''), [{ where: '', it: { a: 1 } }]);
});

t.test('a switch is off only when it plainly is', async (t) => {
  for (const value of [undefined, false]) t.notOk(on(value), String(value));
  for (const value of [true, 'false', 0, null, {}]) t.ok(on(value), String(value));
});
