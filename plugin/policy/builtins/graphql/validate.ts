import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
  specifiedScalarTypes,
  validate,
  validateSchema,
  visit,
} from 'graphql';
import type { Context } from '../operand.ts';

type Charge = Context['charge'];

/** Steps for each definition, field or value of a document: some rules look at each of them. */
const nodeSteps = 400;

/** Steps to compare two selections of one name. */
const pairSteps = 60;

function nodesOf(document: DocumentNode): number {
  let count = 0;
  visit(document, {
    enter() {
      count += 1;
    },
  });
  return count;
}

/** What a document may cost at worst, paid before it is spent: a rule compares all selections of one name by pairs. */
function pay(document: DocumentNode, charge: Charge): void {
  charge(nodesOf(document) * nodeSteps);
  const names = new Map<string, number>();
  let depth = 0;
  let deepest = 1;
  visit(document, {
    SelectionSet: {
      enter: ({ selections }: SelectionSetNode) => {
        depth += 1;
        deepest = Math.max(deepest, depth);
        for (const one of selections) {
          const name = one.kind === 'Field' ? (one.alias ?? one.name).value : '...';
          names.set(name, (names.get(name) ?? 0) + 1);
        }
      },
      leave: () => {
        depth -= 1;
      },
    },
  });
  for (const count of names.values()) charge(count * (count - 1) * deepest * pairSteps);
}

/** OPA takes an extension of a type that nothing defines as its definition, as federated schemas have them. */
function defineExtended(document: DocumentNode): DocumentNode {
  const kinds = new Set(document.definitions.map((one) => `${one.kind} ${'name' in one ? one.name?.value : ''}`));
  const definitions = document.definitions.map((one): DefinitionNode => {
    const kind = one.kind.replace(/TypeExtension$/, 'TypeDefinition');
    const name = 'name' in one ? (one.name?.value ?? '') : '';
    if (kind === one.kind || specifiedScalars.has(name) || kinds.has(`${kind} ${name}`)) return one;
    kinds.add(`${kind} ${name}`);
    return { ...one, kind } as DefinitionNode;
  });
  return { ...document, definitions };
}

const specifiedScalars: ReadonlySet<string> = new Set(specifiedScalarTypes.map(({ name }) => name));

/** OPA takes a schema that nothing can be asked of. */
const noQuery = /^Query root type must be provided/;

/**
 * The schema of a document.
 * @throws Error when it is not valid
 */
export function schemaOf(document: DocumentNode, charge: Charge): GraphQLSchema {
  charge(nodesOf(document) * nodeSteps);
  const complete = defineExtended(document);
  // The first build checks the document's own rules, the second has none that would ask for a Query.
  const errors = validateSchema(buildASTSchema(complete)).filter(({ message }) => !noQuery.test(message));
  if (errors[0] !== undefined) throw errors[0];
  return buildASTSchema(complete, { assumeValid: true });
}

/** True when the document may be executed by that schema. */
export function isValid(schema: GraphQLSchema, document: DocumentNode, charge: Charge): boolean {
  pay(document, charge);
  // The reference implementation looks for the root type when it executes.
  const rooted = document.definitions.every(
    (one) => one.kind !== 'OperationDefinition' || schema.getRootType(one.operation),
  );
  if (!rooted) return false;
  return validate(schema, document, undefined, { maxErrors: 1 }).length === 0;
}
