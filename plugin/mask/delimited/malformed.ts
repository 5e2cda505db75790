import { CountersignError } from '../../errors.ts';

/** The error for what is not CSV or TSV; never quotes it. */
export function malformed(what: string): CountersignError {
  return new CountersignError(
    'mask_impossible',
    `the response is not the table of text that masks can be applied to: ${what}`,
  );
}
