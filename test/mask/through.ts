import { compilePlan } from '../../plugin/mask/compile.ts';
import { openMasker } from '../../plugin/mask/masker.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';

/** The key of pseudonyms in tests. */
export const key = Buffer.alloc(32, 7);

/** A body of that type through a plan, cut at these places; each chunk is spoilt once it was pushed. */
export function through(
  plan: unknown,
  type: string,
  body: string | Uint8Array,
  cuts: readonly number[] = [],
  encoding?: string,
  charset: BufferEncoding = 'utf8',
): string {
  const headers = [{ name: 'content-type', value: Buffer.from(type) }];
  if (encoding !== undefined) headers.push({ name: 'content-encoding', value: Buffer.from(encoding) });
  const masker = openMasker(compilePlan(parsePlan(plan)), { status: 200, headers }, { default: key });
  const bytes = Buffer.from(body as string);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const out: Buffer[] = [];
  for (let i = 1; i < places.length; i++) {
    const chunk = Buffer.from(bytes.subarray(places[i - 1], places[i]));
    for (const piece of masker.push(chunk)) out.push(Buffer.from(piece));
    chunk.fill(0x20);
  }
  for (const piece of masker.end()) out.push(Buffer.from(piece));
  return Buffer.concat(out).toString(charset);
}

/** Cuts that make chunks of one byte each. */
export function everywhere(body: string | Uint8Array): number[] {
  return Array.from({ length: Buffer.from(body as string).length }, (_, at) => at);
}
