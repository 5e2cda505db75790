import t from 'tap';
import { headerText } from '../plugin/request.ts';

t.test('the first value of a header, as text', async (t) => {
  const headers = [
    { name: 'x-a', value: Buffer.from('eins') },
    { name: 'x-a', value: Buffer.from('zwei') },
    { name: 'x-b', value: Buffer.from('drüben') },
  ];
  t.equal(headerText(headers, 'x-a'), 'eins');
  t.equal(headerText(headers, 'x-b'), 'drüben');
  t.equal(headerText(headers, 'x-c'), undefined);
});
