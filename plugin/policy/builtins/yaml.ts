import { parseJson } from '../json.ts';
import { webAssembly } from '../webassembly.ts';
import { goJson } from './marshal.ts';
import { type Builtin, type Context, stringOperand } from './operand.ts';
import { readTerm } from './term.ts';
import { readYaml } from './yaml/read.ts';
import { writeYaml } from './yaml/write.ts';

/** The library takes up to 2 us for a character, and more where all is wrong: 25 KB are what an evaluation can pay for. */
const readSteps = 400;
const writeSteps = 200;

function read(text: string, { charge }: Context) {
  charge(text.length * readSteps);
  return readYaml(text, charge);
}

/** `yaml.*`. */
export const yaml = {
  'yaml.unmarshal': ([text], context) => read(stringOperand(text), context),
  'yaml.is_valid'([text], context) {
    if (typeof text !== 'string') return false;
    try {
      read(text, context);
      return true;
    } catch (error) {
      if (error instanceof webAssembly.RuntimeError) throw error;
      return false;
    }
  },
  'yaml.marshal'(_, context) {
    const text = context.rego(0);
    context.charge(text.length * writeSteps);
    return writeYaml(parseJson(goJson(readTerm(text))));
  },
} satisfies Record<string, Builtin>;
