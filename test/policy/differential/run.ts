/**
 * The same generated Checks to opa-envoy-plugin (`$OPA_ENVOY`) and to us, on the same policy:
 *
 *     npm run differential             5,000 Checks
 *     npm run differential -- 500 7    so many, by this seed
 *
 * Prints how often each documented difference was seen. Exit status 1 when there was one that no predicate matches.
 */
import { compare, openPairOrExplain, table } from './compare.ts';

const [count = '5000', seed = `${Date.now() % 1_000_000}`] = process.argv.slice(2);
const pair = await openPairOrExplain();
try {
  const result = await compare(pair, Number(count), Number(seed));
  process.stdout.write(`${table(result, Number(seed))}\n`);
  if (result.unmatched.length > 0) process.exitCode = 1;
} finally {
  await pair.close();
}
