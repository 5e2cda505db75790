import { createHash } from 'node:crypto';
import { type DocumentNode, type GraphQLSchema, parse as parseText } from 'graphql';
import type { Json, JsonObject } from '../../request.ts';
import { isObject } from '../result.ts';
import { webAssembly } from '../webassembly.ts';
import { readDocument } from './graphql/read.ts';
import { isValid, schemaOf } from './graphql/validate.ts';
import { writeDocument } from './graphql/write.ts';
import { type Builtin, type Context, stringOperand } from './operand.ts';

type Charge = Context['charge'];

/** The parser takes some 200 ns for each of a text's bytes at worst. */
const parseSteps = 40;

/** Lists of a document that can be executed, and of one that describes a schema. */
const queryLists = ['Operations', 'Fragments'];
const schemaLists = ['Schema', 'SchemaExtension', 'Directives', 'Definitions', 'Extensions'];

const nothing = /^(?:[\s,\ufeff]|#[^\r\n]*)*$/;

/** A document whose definitions all belong to those lists. @throws on anything else */
function parse(text: string, lists: readonly string[], charge: Charge): DocumentNode {
  charge(text.length * parseSteps);
  if (nothing.test(text)) return readDocument({}, []);
  const document = parseText(text, { noLocation: true, allowLegacyFragmentVariables: true });
  if (Object.keys(writeDocument(document)).some((name) => !lists.includes(name)))
    throw new TypeError('expected definitions of one kind');
  return document;
}

/** A document from its text or its object. @throws on anything else */
function documentOf(value: Json | undefined, lists: readonly string[], charge: Charge): DocumentNode {
  if (typeof value === 'string') return parse(value, lists, charge);
  if (!isObject(value)) throw new TypeError('expected a text or an object');
  return readDocument(value, lists);
}

interface Schema {
  readonly written: JsonObject;
  readonly schema: GraphQLSchema;
}

/** Policies ask by few schemas, which are large; a schema that a caller sent must not stay for ever. */
const schemas = new Map<string, Schema>();
const schemaLimit = 10;

function schemaFrom(value: Json | undefined, charge: Charge): Schema {
  const key = createHash('sha256')
    .update(JSON.stringify(value ?? null))
    .digest('base64');
  const known = schemas.get(key);
  if (known !== undefined) return known;
  const document = documentOf(value, schemaLists, charge);
  const made = { written: writeDocument(document), schema: schemaOf(document, charge) };
  if (schemas.size >= schemaLimit) schemas.clear();
  schemas.set(key, made);
  return made;
}

/** [query, schema] as objects. @throws when the query is not one of that schema */
function verified([query, schema]: readonly Json[], { charge }: Context): readonly [JsonObject, JsonObject] {
  const document = documentOf(query, queryLists, charge);
  const known = schemaFrom(schema, charge);
  if (!isValid(known.schema, document, charge)) throw new TypeError('expected a query of that schema');
  return [writeDocument(document), known.written];
}

/** What does not verify is `otherwise`; an evaluation without steps left ends all the same. */
function orElse(otherwise: Json, work: Builtin): Builtin {
  return (args, context) => {
    try {
      return work(args, context);
    } catch (error) {
      if (error instanceof webAssembly.RuntimeError) throw error;
      return otherwise;
    }
  };
}

/**
 * `graphql.*`, by the rules of GraphQL's reference implementation. OPA's own parser differs in what a document of
 * comments gives (they are in its objects), and in limits of introspection.
 */
export const graphql = {
  'graphql.parse': (args, context) => [...verified(args, context)],
  'graphql.parse_and_verify': orElse([false, {}, {}], (args, context) => [true, ...verified(args, context)]),
  'graphql.parse_query': ([text], { charge }) => writeDocument(parse(stringOperand(text), queryLists, charge)),
  'graphql.parse_schema': ([text], { charge }) => writeDocument(parse(stringOperand(text), schemaLists, charge)),
  'graphql.is_valid': orElse(false, (args, context) => verified(args, context).length > 0),
  'graphql.schema_is_valid': orElse(false, ([schema], { charge }) => schemaFrom(schema, charge) !== undefined),
} satisfies Record<string, Builtin>;
