import { RE2JS } from 're2js';

/** A compiled regular expression of RE2's syntax: it runs in time linear in its input, whoever wrote it. */
export type Pattern = RE2JS;

/**
 * The one place where a regular expression that somebody else wrote is compiled (V8's own engine backtracks).
 * @param source RE2 syntax (https://github.com/google/re2/wiki/Syntax): no look-around, no back-references
 * @throws Error of the library with what it did not accept; each room gives it its own code
 */
export const compilePattern = (source: string): Pattern => RE2JS.compile(source);
