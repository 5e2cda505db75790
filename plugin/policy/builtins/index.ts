import { cryptography } from './crypto.ts';
import { encoding } from './encoding.ts';
import { jwt } from './jwt.ts';
import { object } from './object.ts';
import type { Builtin } from './operand.ts';
import { semver } from './semver.ts';
import { strings } from './strings.ts';
import { time } from './time.ts';

/** OPA's built-ins that its WASM modules leave to the host, by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  Object.entries({ ...cryptography, ...encoding, ...jwt, ...object, ...semver, ...strings, ...time }),
);
