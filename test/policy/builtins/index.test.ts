import t from 'tap';
import { builtins } from '../../../plugin/policy/builtins/index.ts';

t.test('the built-ins that policies written for opa-envoy-plugin use most are there', async (t) => {
  for (const name of [
    'io.jwt.decode',
    'io.jwt.decode_verify',
    'io.jwt.verify_es256',
    'io.jwt.verify_eddsa',
    'time.now_ns',
    'sprintf',
    'urlquery.decode',
    'crypto.sha256',
  ])
    t.type(builtins.get(name), 'function', name);
});

t.test('what talks to the outside is not', async (t) => {
  for (const name of ['http.send', 'net.lookup_ip_addr', 'opa.runtime', 'constructor'])
    t.notOk(builtins.has(name), name);
});
