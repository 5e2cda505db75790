import t from 'tap';
import { CountersignError, codeOf } from '../plugin/errors.ts';

t.test('a thrown value has a code at every edge', async (t) => {
  t.equal(codeOf(new CountersignError('deadline', 'late')), 'deadline');
  t.equal(codeOf(new Error('plain')), 'internal');
  t.equal(codeOf('a string'), 'internal');
});
