import t from 'tap';
import { z } from 'zod';
import { buildInput } from '../../plugin/policy/input.ts';
import { responseMembers } from '../../plugin/policy/respond.ts';
import { members } from '../../plugin/policy/result.ts';
import { inputSchema, responseInputSchema, responseResultSchema, resultSchema } from '../../plugin/policy/schema.ts';
import { nobody, request } from './rego.ts';

const obligations = { hold: z.unknown(), mask: z.unknown(), record: z.unknown() };
const membersOf = (schema: z.ZodType) => {
  const { anyOf = [] } = z.toJSONSchema(schema, { io: 'input' }) as { anyOf?: { properties?: object }[] };
  return anyOf.flatMap(({ properties }) => Object.keys(properties ?? {})).sort();
};

t.test('the schema of results has the members that are read', async (t) => {
  t.same(membersOf(resultSchema(obligations)), Object.keys(members).sort());
  t.same(membersOf(responseResultSchema(obligations)), Object.keys(responseMembers).sort());
});

t.test('what we ask with is what the schema says', async (t) => {
  const counts = { requests: 1, denied: 0, held: 0, masked_fields: 0, started: 1 };
  const approval = { hold: 'h', approvals: [{ id: 'bob', issuer: 'i', group: 'dba', reason: null, at: 1 }] };
  for (const given of [null, approval]) {
    const facts = {
      principal: nobody,
      session: { key: 'k', ...counts, principal: counts },
      commands: [],
      approval: given,
    };
    const { success, error } = inputSchema.safeParse(buildInput(request(), facts));
    t.ok(success, error?.message ?? '');
  }
  t.ok(
    responseInputSchema.safeParse({ response: { status: 200, headers: {} }, request: {}, principal: null, carry: null })
      .success,
  );
});
