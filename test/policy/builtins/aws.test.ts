import t from 'tap';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const keys = { aws_access_key: 'an id', aws_secret_access_key: 'a secret', aws_region: 'r-1', aws_service: 's3' };

t.test('signatures of requests agree with opa', { skip: withoutOpa }, async (t) => {
  const configs = [
    keys,
    { ...keys, aws_service: 'dynamodb', aws_session_token: 'a token' },
    { ...keys, disable_payload_signing: true, aws_session_token: 1 },
    { ...keys, disable_payload_signing: 'true' },
    { ...keys, aws_region: 1 },
    { aws_service: 's3' },
  ];
  const method = 'put';
  const requests = [
    { method, url: 'https://example.com' },
    { method, url: 'https://user:pw@example.com:8443/a%20b/é/[x]/%2f?b=2&a=1 2#f', timeout: '1s' },
    { method, url: 'http://[::1%25eth0]:80/a b/(c)' },
    {
      method,
      url: 'http://example.com:/*?',
      headers: { Authorization: 'x', 'X-B': 'b', 'x-a': 1, Host: 'other', 'User-Agent': 'u' },
    },
    { method, url: '/relative', headers: { authorization: 'x' }, body: { b: ['<', 1], a: null } },
    { method, url: 'http://example.com', raw_body: 'é', body: 1 },
    { method, url: 'http://example.com', raw_body: 1 },
    { method, url: 'http://example.com/%zz' },
    { method, url: 'http://example.com', other: 1 },
    { method, url: 'http://example.com', headers: 'x' },
    { method: 1, url: 'http://example.com' },
    { url: 'http://example.com' },
  ];
  const times = ['1451311705000000000', '0', '-1', '-1500000001', '1.5', '9223372036854775808'];
  await agreesWithOpa(
    t,
    [
      ...requests.map((_, i) => `providers.aws.sign_req(input.requests[${i}], input.configs[0], 1451311705999999999)`),
      ...configs.map((_, i) => `providers.aws.sign_req(input.requests[0], input.configs[${i}], 1)`),
      ...times.map((time) => `providers.aws.sign_req(input.requests[0], input.configs[0], ${time})`),
      'providers.aws.sign_req({"method": "get", "url": "/", "body": {{2, 1}: {"b", "a"}}}, input.configs[0], 1).headers',
    ],
    { configs, requests },
  );
});
