import t from 'tap';
import { readHealthCheck, writeHealthCheck } from '../../../plugin/envoy/translate.ts';
import { decode, encode } from '../wire.ts';

t.test('a health check names a service, and is answered with its status', async (t) => {
  t.equal(readHealthCheck(encode('HealthCheckRequest', { service: 'a.B' })), 'a.B');
  t.equal(readHealthCheck(Buffer.alloc(0)), '');
  t.throws(() => readHealthCheck(Buffer.from([0x0a, 9])), { code: 'check_malformed' });
  for (const status of ['serving', 'not_serving', 'service_unknown'] as const)
    t.equal(decode('HealthCheckResponse', writeHealthCheck(status)).status, status.toUpperCase());
});
