import t from 'tap';
import { parseJson } from '../../plugin/policy/json.ts';
import { isObject, jsonType, members, wrong } from '../../plugin/policy/result.ts';

t.test('a number kept by its spelling is a number, not an object', async (t) => {
  const [id] = parseJson('[12345678901234567890]') as readonly never[];
  t.equal(jsonType(id), 'number');
  t.notOk(isObject(id));
  t.ok(isObject({ rawJSON: '1' }), 'a member of that name makes no number');
});

t.test('headers come as an object, with lists, or as a list of objects', async (t) => {
  const { headers } = members;
  t.strictSame(headers('$', { a: 'x', b: ['y', 'z'] }), [
    ['a', 'x'],
    ['b', 'y'],
    ['b', 'z'],
  ]);
  t.strictSame(headers('$', [{ a: 'x' }, { a: 'y' }]), [
    ['a', 'x'],
    ['a', 'y'],
  ]);
});

t.test('a wrong result names its path, what was expected and what came', async (t) => {
  t.throws(() => wrong('$.a', 'a string', 'number'), {
    code: 'policy_result',
    message: '$.a: expected a string, got number',
  });
});
