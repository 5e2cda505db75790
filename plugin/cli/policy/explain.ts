import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CountersignError } from '../../errors.ts';
import { opaText } from '../../policy/json.ts';
import type { Json } from '../../request.ts';
import { inFolder, type Opa } from './opa.ts';

/**
 * Which expressions of which rules failed for an input, by `opa eval` itself. Without `--disable-indexing` rules that the
 * index passes over would not be told.
 * @throws CountersignError `usage` for a bundle, which has no source to point at
 */
export async function explain(opa: Opa, source: string, path: string, input: Json): Promise<string> {
  if (!statSync(source).isDirectory())
    throw new CountersignError('usage', `--explain needs the folder of Rego, and ${source} is a file`);
  return inFolder(async (folder) => {
    const file = join(folder, 'input.json');
    await writeFile(file, opaText(input));
    const query = `data.${path.replaceAll('/', '.')}`;
    const args = ['eval', '--explain=fails', '--disable-indexing', '--format', 'pretty', '--ignore', '*_test.rego'];
    const { stdout, stderr } = await opa([...args, '-d', source, '-i', file, query]);
    return `${stdout}${stderr}`.replaceAll(`${file}`, 'input').trimEnd();
  });
}
