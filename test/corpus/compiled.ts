import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseJson } from '../../plugin/policy/json.ts';
import type { Json } from '../../plugin/request.ts';

/** A case of OPA's, as its YAML files have it. */
export interface Case {
  readonly note: string;
  readonly data?: Json;
  readonly want_result?: readonly Json[];
  readonly want_defined?: boolean;
  readonly want_error?: string;
  readonly want_error_code?: string;
  readonly strict_error?: boolean;
}

/** A case as the Go program beside this file compiles it. */
export interface Compiled {
  readonly one: Case;
  /** In Rego's notation; empty when it is undefined. */
  readonly input: string;
  /** Why opa does not compile it. */
  readonly error: string | null;
  readonly wasm: Uint8Array<ArrayBuffer>;
}

interface Header {
  readonly case: Case;
  readonly input: string;
  readonly size: number;
  readonly error?: string;
}

/** The Go program's folder, which is a module of its own. */
export const compiler = join(import.meta.dirname, 'compile');

/** Reads exact lengths and lines from a stream of chunks. */
function reader(chunks: AsyncIterator<Buffer>) {
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const { value, done } = await chunks.next();
    if (done) return false;
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  }

  function take(size: number): Buffer {
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  }

  return {
    async line(): Promise<string | null> {
      let end = rest.indexOf(0x0a);
      while (end < 0) {
        if (!(await more())) return null;
        end = rest.indexOf(0x0a);
      }
      return take(end + 1).toString('utf8');
    },
    async bytes(size: number): Promise<Uint8Array<ArrayBuffer>> {
      while (rest.length < size) if (!(await more())) throw new Error('the compiler ended within a module');
      return Uint8Array.from(take(size));
    },
  };
}

/**
 * The cases of a folder, compiled one after the other while they are read.
 * @param slice such as `0/8`: every eighth case, the first one included
 * @throws Error when the compiler fails; what it said is on standard error
 */
export async function* compileCases(version: 'v0' | 'v1', folder: string, slice: string): AsyncGenerator<Compiled> {
  const child = spawn('go', ['run', '.', version, folder, slice], {
    cwd: compiler,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const status = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  const { line, bytes } = reader(child.stdout[Symbol.asyncIterator]());
  for (let text = await line(); text !== null; text = await line()) {
    const { case: one, input, size, error } = parseJson(text) as unknown as Header;
    yield { one, input, error: error ?? null, wasm: await bytes(size) };
  }
  const code = await status;
  if (code !== 0) throw new Error(`the compiler of test cases ended with status ${code}`);
}
