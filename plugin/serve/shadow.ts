import { CountersignError, codeOf } from '../errors.ts';
import type { Decision } from '../policy/decision.ts';
import { localOrigin } from '../policy/origin.ts';
import { loadShadow } from '../policy/policy.ts';
import type { Shadow } from '../policy/shadow.ts';
import type { Json } from '../request.ts';
import type { Telemetry } from '../telemetry.ts';

/** What it needs. */
interface ShadowParts {
  /** Folder of Rego, folder or file with a bundle; undefined for none. */
  readonly source: string | undefined;
  readonly path: string;
  readonly opa?: string;
  readonly telemetry: Pick<Telemetry, 'log' | 'failed' | 'shadowed'>;
}

/** A second bundle beside the one in force: its differences are counted and logged, nothing is enforced. */
export interface ShadowFollower {
  /** Told of each decision. Never throws, and nobody waits for it. */
  follow(input: Json, decided: Decision, exchange: string): void;
  /** Looks for another bundle now. Never rejects. */
  look(): Promise<void>;
}

/** Milliseconds between two exchanges that are named in the log: a rule that differs differs often. */
const logEvery = 1_000;

/** What does not load shadows nothing: it is logged and counted, and exchanges go on. */
export async function openShadowFollower({ source, path, opa, telemetry }: ShadowParts): Promise<ShadowFollower> {
  const origin = source === undefined ? null : localOrigin(source);
  let shadow: Shadow | null = null;
  let logged = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    try {
      const found = await origin?.look();
      if (!found) return;
      await found.kept();
      shadow = await loadShadow({ source: found.path, path, ...(opa === undefined ? {} : { opa }) });
      telemetry.log.info({ shadow: shadow.digest }, 'a policy is compared with the one in force');
    } catch (error) {
      telemetry.failed(codeOf(error));
      const why = error instanceof CountersignError ? error.message : String(error);
      telemetry.log.error({ code: codeOf(error) }, `policy.shadow does not load: ${why}`);
    }
  }

  async function compare(by: Shadow, input: Json, decided: Decision, exchange: string): Promise<void> {
    const likeness = await by.compare(input, decided);
    telemetry.shadowed(likeness);
    if (likeness === 'same' || likeness === 'dropped' || performance.now() - logged < logEvery) return;
    logged = performance.now();
    telemetry.log.info({ exchange, likeness, shadow: by.digest }, 'the shadow policy decides otherwise');
  }

  await look();
  return {
    follow(input, decided, exchange) {
      const by = shadow;
      // In a turn of its own: the answer goes first.
      if (by !== null) setImmediate(() => void compare(by, input, decided, exchange));
    },
    look,
  };
}
