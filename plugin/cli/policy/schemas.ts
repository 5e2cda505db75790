import { z } from 'zod';
import { holdSchema } from '../../hold/spec.ts';
import { maskSchema } from '../../mask/plan.ts';
import { inputSchema, responseInputSchema, responseResultSchema, resultSchema } from '../../policy/schema.ts';
import { specs } from '../../record/spec.ts';

const obligations = {
  hold: holdSchema.meta({ description: 'Wait for people; beside "allowed": false' }),
  mask: z.array(maskSchema).max(256).meta({ description: 'What of the response is masked' }),
  record: z.enum(specs).meta({ description: 'How much is recorded' }),
};

/** What a policy is asked and answers, by the name under which `countersign policy schema` prints it. */
export const schemas = {
  input: inputSchema,
  result: resultSchema(obligations),
  'response-input': responseInputSchema,
  'response-result': responseResultSchema(obligations),
} as const;

/** Names of the schemas. */
export type SchemaName = keyof typeof schemas;

/** One of them as JSON Schema, as people write it; draft 7 is what opa reads. */
export function jsonSchema(name: SchemaName, target: 'draft-7' | 'draft-2020-12' = 'draft-2020-12'): object {
  return z.toJSONSchema(schemas[name], { target, io: 'input' });
}
