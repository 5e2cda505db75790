import t from 'tap';
import { requireAuthority } from '../../plugin/exchange/consume.ts';
import { agent } from '../hold/people-of.ts';
import { requestOf } from './parts.ts';

t.test('authority ends with the token, and with the certificate where it names who asks (threat 23)', async (t) => {
  const now = Math.floor(Date.now() / 1_000);
  const check = { attributes: { source: { certificate: 'no certificate' } } };
  for (const [name, principal, request, ended] of [
    ['no end', agent(), requestOf(), false],
    ['a fresh token', agent({ expires: now + 60 }), requestOf(), false],
    ['an old token', agent({ expires: now }), requestOf(), true],
    ['a certificate that is not shown', agent({ method: 'mtls' }), requestOf(), false],
    ['one that can not be read', agent({ method: 'mtls' }), requestOf({ check }), true],
    ['one of another hop', agent(), requestOf({ check }), false],
  ] as const) {
    const look = () => requireAuthority({ principal, request });
    if (ended) t.throws(look, { code: 'hold_state' }, name);
    else t.doesNotThrow(look, name);
  }
});
