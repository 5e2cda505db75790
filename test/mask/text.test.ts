import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [
  { detect: ['email', 'credit_card', 'us_ssn'], with: 'redact' },
  { pattern: 'ACME-[0-9]{6}', with: 'partial', keep_last: 2 },
];

t.test('a text is masked where something is found, and is the same elsewhere', async (t) => {
  const body = 'To ada@example.com:\r\n4111 1111 1111 1111, 078-05-1120\tACME-123456.\n\u0000 ACME-12 é';
  const masked = 'To [masked:email]:\r\n[masked:credit_card], [masked:us_ssn]\t****-****56.\n\u0000 ACME-12 é';
  for (const cuts of [[], everywhere(body)]) t.equal(through(plan, 'text/plain', body, cuts), masked);
  for (let cut = 0; cut < Buffer.byteLength(body); cut++) t.equal(through(plan, 'text/plain', body, [cut]), masked);
});
