import t from 'tap';
import { agreesWithOpa, compile, withoutOpa } from '../rego.ts';

t.test('networks agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [
      ...[
        '10.0.0.0/8',
        '10.0.0.1/33',
        '::/0',
        '2001:db8::/129',
        '1.2.3.4',
        '01.2.3.4/8',
        'a',
        '::ffff:1.2.3.0/120',
        '10.0.0.0/08',
      ].map((cidr) => `net.cidr_is_valid("${cidr}")`),
      'net.cidr_is_valid(input.number)',
      ...['192.168.1.7/29', '10.0.0.1/32', '2001:db8::f/126', '::/126', '1:0:0:2::/127', 'x/1', '10.0.0.0/33'].map(
        (cidr) => `sort([ip | some ip in net.cidr_expand("${cidr}")])`,
      ),
      'net.cidr_expand("10.0.0.0/31") == {"10.0.0.0", "10.0.0.1"}',
      ...[
        '["192.0.128.0/24", "192.0.129.0/24"]',
        '{"10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "9.255.255.0/24"}',
        '["192.0.2.1", "10.0.0.1", "172.16.3.4"]',
        '["192.0.2.1", "192.0.2.0/25"]',
        '["2601:600:8a80:207e::/64", "2601:600:8a80:207f::/64", "fe80::/120"]',
        '["10.0.0.0/24", "10.0.2.0/23", "10.0.1.0/24"]',
        '["2001:db8::1"]',
        '[]',
        '["0.0.0.0/0", "1.0.0.0/8"]',
      ].map((list) => `sort([cidr | some cidr in net.cidr_merge(${list})])`),
      ...[
        '"1.1.1.0/24", "1.1.1.128"',
        '["1.1.1.0/24", "1.1.2.0/24"], ["1.1.1.7", ["1.1.2.3/32", "x"], "1.1.3.1"]',
        '{"1.1.0.0/16", "1.2.0.0/16"}, {"a": "1.1.1.1", "b": ["1.2.0.0/17", 4]}',
        '{["1.1.0.0/16", "foo"]}, {"1.1.1.128", ["1.1.254.254", 1]}',
        '["::/0", "0.0.0.0/0"], ["1.1.1.1", "::1"]',
        '["x"], ["1.1.1.1"]',
        '[[]], ["1.1.1.1"]',
        '[], ["x"]',
      ].map((pair) => `sort([match | some match in net.cidr_contains_matches(${pair})])`),
    ],
    { number: 5 },
  );
});

t.test('a network too large to list is cut off', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow if count(net.cidr_expand(input.cidr)) > 3');
  for (const cidr of ['10.0.0.0/8', '::/0'])
    t.match(policy.decide({ cidr }), { allowed: false, fault: /steps, the limit/ });
  t.match(policy.decide({ cidr: '10.0.0.0/24' }), { allowed: true, fault: null });
});
