/**
 * The configuration files of this folder are whole and run as they are. What differs from place to place is marked by
 * a comment at the end of its line, `port_value: 10000 # ${ENVOY_PORT}`: `render` puts another value there.
 */
import { CountersignError } from '../../plugin/errors.ts';

const mark = /^( *(?:- +)?\w+: +)(\S.*?)( +# \$\{([A-Z_]+)\}.*)$/;

/**
 * @param text a file of this folder
 * @param values by the name in the mark; a mark without a value keeps what stands in the file
 * @throws CountersignError `usage` for a value that has no mark in the file
 */
export function render(text: string, values: Readonly<Record<string, string | number>>): string {
  const unused = new Set(Object.keys(values));
  const lines = text.split('\n').map((line) => {
    const [, before, , after, name] = mark.exec(line) ?? [];
    if (before === undefined || after === undefined || name === undefined) return line;
    const value = values[name];
    if (value === undefined) return line;
    unused.delete(name);
    return `${before}${JSON.stringify(value)}${after}`;
  });
  if (unused.size > 0) throw new CountersignError('usage', `no mark in the file for ${[...unused].join(', ')}`);
  return lines.join('\n');
}
