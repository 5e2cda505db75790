import t from 'tap';
import type { Find } from '../../../plugin/mask/detect/table.ts';
import { findEmails, findJwts, findPrivateKeys, findSecrets } from '../../../plugin/mask/detect/texts.ts';

function found(find: Find, text: string): string[] {
  const bytes = Buffer.from(text);
  const out: string[] = [];
  find(bytes, (start, end) => out.push(bytes.toString('utf8', start, end)));
  return out;
}

const head = Buffer.from('{"alg":"HS256"}').toString('base64url');
const pem = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----';
const akia = 'AKIAIOSFODNN7EXAMPLE';
const cases: readonly (readonly [find: Find, text: string, ...found: readonly string[]])[] = [
  [findEmails, '<ada@example.com>, b.c+d@mail.example.co.uk.', 'ada@example.com', 'b.c+d@mail.example.co.uk'],
  [findEmails, "o'brien@example.com", "o'brien@example.com"],
  [findEmails, "'ada@example.com'", 'ada@example.com'],
  [findEmails, 'mailto:ada@example.com?x=1', 'ada@example.com'],
  [findEmails, 'jörg@exämple.de', 'jörg@exämple.de'],
  [findEmails, 'a@b.xn--p1ai', 'a@b.xn--p1ai'],
  [findEmails, 'a@example.com.1', 'a@example.com'],
  [findEmails, 'a@b'],
  [findEmails, 'a.@b.com'],
  [findEmails, '@b.com'],
  [findEmails, 'lib@1.2.3'],
  [findEmails, 'img@2x.png'],
  [findEmails, 'a @b.com'],
  [findJwts, `Bearer ${head}.eyJ9.c2ln.`, `${head}.eyJ9.c2ln`],
  [findJwts, `${head}.eyJ9.`, `${head}.eyJ9.`],
  [findJwts, `${head}..iv.text.tag`, `${head}..iv.text.tag`],
  [findJwts, `${head}.abc. End`],
  [findJwts, `${head}`],
  [findJwts, 'eyJhbGciabc.eyJzdWIi.abcdefgh'],
  [findJwts, `x${head}.eyJ9.c2ln`],
  [findPrivateKeys, `a ${pem} b ${pem}`, pem, pem],
  [findPrivateKeys, pem.slice(0, -5), pem.slice(0, -5)],
  [findPrivateKeys, pem.replaceAll('PRIVATE', 'PUBLIC')],
  [findPrivateKeys, `${pem.replaceAll('PRIVATE KEY', 'CERTIFICATE')}${pem}`, pem],
  [findSecrets, `key=${akia}, "${akia}"`, akia, akia],
  [findSecrets, `SG.${'a'.repeat(22)}.${'b'.repeat(43)} x`, `SG.${'a'.repeat(22)}.${'b'.repeat(43)}`],
  [findSecrets, `ghp_${'a1'.repeat(18)}`, `ghp_${'a1'.repeat(18)}`],
  [findSecrets, `x${akia}`],
  [findSecrets, `${akia}A`],
  [findSecrets, 'ghp_short'],
  [findSecrets, `shpat_${'x'.repeat(32)}`],
];
for (const [find, text, ...expected] of cases)
  t.test(`${find.name}: ${text.slice(0, 50)}`, async (t) => t.same(found(find, text), expected));
