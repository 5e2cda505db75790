import { createHash } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { newNonce, stampRequest } from '../../plugin/audit/timestamp.ts';
import { checkStamp, readStampRoots } from '../../plugin/verify/stamp.ts';
import { makeAuthority, noOpenssl, stamp } from './tsa.ts';

t.test('stamps by RSA and ECDSA lead to their root, and to no other', { skip: noOpenssl }, async (t) => {
  const message = Buffer.from('signature');
  const request = stampRequest(createHash('sha256').update(message).digest(), newNonce());
  const folder = t.testdir();
  const none = { certificates: [] };
  for (const algorithm of ['rsa', 'ec'] as const) {
    const roots = readStampRoots(makeAuthority(join(folder, algorithm), algorithm)) ?? none;
    const answer = stamp(join(folder, algorithm), request);
    t.match(checkStamp(answer, message, roots), { time: Number });
    t.match(checkStamp(answer, Buffer.from('other'), roots), { fault: /something else/, untrusted: false });
    t.match(checkStamp(answer, message, none), { untrusted: true });
    t.match(checkStamp(Buffer.concat([answer, Buffer.from('x')]), message, roots), { fault: /one DER value/ });
  }
  t.match(checkStamp(Buffer.from('x'), message, none), { fault: /.+/, untrusted: false });
  t.equal(readStampRoots('x'), null);
});
