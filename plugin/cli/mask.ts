import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { CountersignError } from '../errors.ts';
import { compilePlan } from '../mask/compile.ts';
import { openMasker } from '../mask/masker.ts';
import { parsePlan } from '../mask/plan.ts';

/** Where the command reads and writes. */
export interface MaskStreams {
  readonly input: Readable;
  readonly output: Writable;
}

interface MaskOptions {
  readonly plan: string;
  readonly contentType: string;
  readonly key: readonly string[];
}

/**
 * `countersign mask --plan FILE [--content-type TYPE] [--key NAME=FILE]`: a body on stdin through a plan to stdout, as a
 * response would go.
 */
export function maskCommand(streams: MaskStreams = { input: process.stdin, output: process.stdout }): Command {
  return new Command('mask')
    .description('rewrite a body from stdin as a mask plan says')
    .requiredOption('--plan <file>', 'JSON file with the list of masks, as a policy answers it')
    .option('--content-type <type>', 'what the body is', 'application/json')
    .option('--key <name=file>', 'pseudonym key of hash masks, 32 bytes or more; repeatable', collect, [])
    .action((options: MaskOptions) => maskStream(options, streams));
}

async function maskStream(options: MaskOptions, { input, output }: MaskStreams): Promise<void> {
  const plan = compilePlan(parsePlan(parseJson(read(options.plan).toString('utf8'), options.plan)));
  const head = { status: 200, headers: [{ name: 'content-type', value: Buffer.from(options.contentType) }] };
  const masker = openMasker(plan, head, readKeys(options.key));
  await pipeline(
    input,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) yield* masker.push(chunk);
      yield* masker.end();
    },
    output,
    { end: output !== process.stdout },
  );
}

function collect(one: string, before: readonly string[]): readonly string[] {
  return [...before, one];
}

function readKeys(options: readonly string[]): Record<string, Buffer> {
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf('=');
      if (at < 1) throw new CountersignError('usage', '--key: expected NAME=FILE');
      return [option.slice(0, at), read(option.slice(at + 1))];
    }),
  );
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CountersignError('usage', `${file}: cannot be read; give a readable file`, { cause });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CountersignError('mask_invalid', `${file}: not JSON; expected a list of masks`);
  }
}
