import { createHash } from 'node:crypto';
import t from 'tap';
import { answerFault, newNonce, stampRequest } from '../../plugin/audit/timestamp.ts';
import { makeAuthority, noOpenssl, stamp } from '../verify/tsa.ts';

t.test('an authority takes the request, and only its answer to it is taken', { skip: noOpenssl }, async (t) => {
  const folder = t.testdir();
  makeAuthority(folder, 'ec');
  const [digest, nonce] = [createHash('sha256').update('a').digest(), newNonce()];
  const request = stampRequest(digest, nonce);
  t.equal(request.length, 69);
  const answer = stamp(folder, request);
  t.equal(answerFault(answer, digest, nonce), null);
  t.match(answerFault(answer, digest, newNonce()), /nonce/);
  t.match(answerFault(answer, createHash('sha256').digest(), nonce), /not over what was sent/);
  t.match(answerFault(Buffer.from('30053003020102', 'hex'), digest, nonce), /refused with status 2/);
  t.match(answerFault(Buffer.from('no'), digest, nonce), /no time stamp|refused/);
});
