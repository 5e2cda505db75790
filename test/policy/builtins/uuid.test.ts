import t from 'tap';
import { agreesWithOpa, compile, withoutOpa } from '../rego.ts';

const ids = [
  '00000000-0000-1000-8000-000000000000',
  '71c3a5e0-8a6b-11ee-b9d1-0242ac120002',
  '000003e8-cb9c-21ea-9a00-c85b76a01ad0',
  '000003e8-cb9c-21ea-9a07-c95b76a01ad0',
  'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  'F47AC10B-58CC-4372-C567-0E02B2C3D479',
  'f47ac10b-58cc-0372-0567-0e02b2c3d479',
  'f47ac10b-58cc-7372-f567-0e02b2c3d479',
  'urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479',
  '{f47ac10b-58cc-4372-a567-0e02b2c3d479}',
  'f47ac10b58cc4372a5670e02b2c3d479',
  'f47ac10b-58cc-4372-a567-0e02b2c3d47',
  'not one',
  '',
];

t.test('UUIDs agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(t, [
    ...ids.map((id) => `uuid.parse("${id}")`),
    'uuid.rfc4122("a") == uuid.rfc4122("a")',
    'uuid.rfc4122("a") == uuid.rfc4122("b")',
    'uuid.parse(uuid.rfc4122("a")).version',
  ]);
});

t.test('evaluations make new ones', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow := {"allowed": true, "labels": {"id": uuid.rfc4122("a")}}');
  t.not(policy.decide({}).labels.id, policy.decide({}).labels.id);
});
