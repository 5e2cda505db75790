import { readFileSync } from 'node:fs';
import { CountersignError } from '../../errors.ts';

/** Lines to standard output. */
export function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** A file that was named on the command line. @throws CountersignError `usage` */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CountersignError('usage', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
