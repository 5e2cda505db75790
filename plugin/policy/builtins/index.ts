import { aws } from './aws.ts';
import { casts } from './casts.ts';
import { cryptography } from './crypto.ts';
import { encoding } from './encoding.ts';
import { graph } from './graph.ts';
import { graphql } from './graphql.ts';
import { jwt } from './jwt.ts';
import { marshal } from './marshal.ts';
import { net } from './net.ts';
import { numbers } from './numbers.ts';
import { object } from './object.ts';
import type { Builtin } from './operand.ts';
import { patch } from './patch.ts';
import { regex } from './regex.ts';
import { semver } from './semver.ts';
import { sign } from './sign.ts';
import { strings } from './strings.ts';
import { time } from './time.ts';
import { units } from './units.ts';
import { uri } from './uri.ts';
import { uuid } from './uuid.ts';
import { yaml } from './yaml.ts';

/** OPA's built-ins that its WASM modules leave to the host, by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  Object.entries({
    ...aws,
    ...casts,
    ...cryptography,
    ...encoding,
    ...graph,
    ...graphql,
    ...jwt,
    ...marshal,
    ...net,
    ...numbers,
    ...object,
    ...patch,
    ...regex,
    ...semver,
    ...sign,
    ...strings,
    ...time,
    ...units,
    ...uri,
    ...uuid,
    ...yaml,
  }),
);
