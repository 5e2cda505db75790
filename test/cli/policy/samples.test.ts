import t from 'tap';
import { samples } from '../../../plugin/cli/policy/samples.ts';
import { schemas } from '../../../plugin/cli/policy/schemas.ts';

t.test('every sample is an input that a policy could be asked with', async (t) => {
  for (const [name, input] of Object.entries(samples)) {
    const { success, error } = schemas.input.safeParse(input);
    t.ok(success, `${name}: ${error?.message}`);
  }
});
