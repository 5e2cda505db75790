import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [{ key: 'ssn', with: 'redact' }];

t.test('one text is JSON, a text a line is NDJSON', async (t) => {
  const body = '{"ssn":1}\n{"ssn":2}\n';
  t.throws(() => through(plan, 'application/json', body), { code: 'mask_impossible' });
  t.equal(through(plan, 'application/x-ndjson', body), '{"ssn":"[masked:ssn]"}\n{"ssn":"[masked:ssn]"}\n');
});

t.test('a byte order mark passes, in one piece or in many', async (t) => {
  const body = '\ufeff{"ssn":1}';
  for (const cuts of [[], everywhere(body)])
    t.equal(through(plan, 'application/json', body, cuts), '\ufeff{"ssn":"[masked:ssn]"}');
});
