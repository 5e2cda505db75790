import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError } from '../../errors.ts';
import { parseJson } from '../../policy/json.ts';
import type { Json } from '../../request.ts';

/** One input document, and where it came from. */
export interface NamedInput {
  readonly name: string;
  readonly input: Json;
}

/**
 * Input documents of a file (one JSON document, or one a line in `.ndjson` and `.jsonl`) or of every such file of a
 * folder, by name. Numbers keep their spelling.
 * @throws CountersignError `usage` naming file and line of what is not JSON
 */
export function readInputs(source: string): readonly NamedInput[] {
  const files = isFolder(source)
    ? readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(json|ndjson|jsonl)$/.test(name))
        .sort()
        .map((name) => join(source, name))
    : [source];
  const inputs = files.flatMap(readFile);
  if (inputs.length === 0) throw new CountersignError('usage', `${source}: no input document (.json, .ndjson, .jsonl)`);
  return inputs;
}

function isFolder(source: string): boolean {
  try {
    return statSync(source).isDirectory();
  } catch (cause) {
    throw new CountersignError('usage', `${source}: cannot be read`, { cause });
  }
}

function readFile(file: string): readonly NamedInput[] {
  const text = readFileSync(file, 'utf8');
  if (!/\.(ndjson|jsonl)$/.test(file)) return [{ name: file, input: parsed(text, file) }];
  return text
    .split('\n')
    .map((line, index) => ({ line, name: `${file}:${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, name }) => ({ name, input: parsed(line, name) }));
}

function parsed(text: string, name: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw new CountersignError('usage', `${name}: not JSON; expected one input document`);
  }
}
