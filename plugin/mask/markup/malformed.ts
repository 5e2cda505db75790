import { CountersignError } from '../../errors.ts';

/** The error for what is not XML or HTML that can be read in one way alone; never quotes it. */
export function malformed(what: string): CountersignError {
  return new CountersignError(
    'mask_impossible',
    `the response is not the markup that masks can be applied to: ${what}`,
  );
}
