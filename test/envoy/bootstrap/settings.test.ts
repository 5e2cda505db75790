import t from 'tap';
import { unknownSettings } from '../../../plugin/envoy/bootstrap/settings.ts';

t.test('what is not in the shape is named by its path, at any depth', async (t) => {
  const shape = { a: 'any', b: { c: 'any' } } as const;
  t.same(unknownSettings({ '@type': 'x', a: { z: 1 }, b: { c: 1 } }, shape, 'f'), []);
  t.strictSame(unknownSettings({ d: 1, b: { e: 1 }, constructor: 1 }, shape, 'f'), [
    'f.d is not known to be safe: remove it',
    'f.b.e is not known to be safe: remove it',
    'f.constructor is not known to be safe: remove it',
  ]);
  t.same(unknownSettings({ b: 1 }, shape, 'f'), [], 'Envoy refuses it');
});
