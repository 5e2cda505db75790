import { readFileSync } from 'node:fs';

/** The product's version, as package.json has it: beside `plugin/` in the sources, beside `dist/` in the package. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version;
