import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { CountersignError, codeOf } from '../errors.ts';
import type { openLedger } from '../ledger.ts';
import { keepPolicy, type PolicyKeeper } from '../policy/keep.ts';
import { localOrigin, type Origin, remoteOrigin } from '../policy/origin.ts';
import { loadPolicy, type Policy } from '../policy/policy.ts';
import type { Json } from '../request.ts';
import type { Telemetry } from '../telemetry.ts';
import { watchAge } from './age.ts';
import { openShadowFollower, type ShadowFollower } from './shadow.ts';

/** What the policy's keeping is told to. */
interface PolicyParts {
  readonly append: ReturnType<typeof openLedger>['append'];
  readonly telemetry: Pick<Telemetry, 'log' | 'failed' | 'gauge' | 'shadowed'>;
}

/** Milliseconds between two looks at a bundle service, where the configuration does not say. */
const pollDefault = 60_000;

/** Milliseconds for one answer of a bundle service. */
const deadline = 30_000;

/** Inputs of late that a new policy is warmed by: a power of two. */
const inputsKept = 16;

/** The policy in force, and whether somebody still vouches for it. */
interface ServedPolicy extends PolicyKeeper {
  /** The source that is polled has named no bundle that serves for longer than `policy.max_age`. */
  readonly stale: boolean;
}

/** Where the policy comes from, by its configuration; null without a source. */
function originOf(config: Config): Origin | null {
  const { source, token_file: token } = config.policy;
  if (source === undefined) return null;
  if (!isUrl(source)) return localOrigin(source);
  return remoteOrigin({ url: source, folder: join(config.state, 'policy'), tokenFile: token ?? null, deadline });
}

const isUrl = (source: string): boolean => /^https?:\/\//.test(source);

/**
 * The policy in force: looked for at start, at intervals, and when asked to. Each one that is taken, and each that is
 * refused, is an entry, a log line and a metric; one that does not serve leaves what is in force. Without any, everything
 * is denied. Null without a source.
 * @throws CountersignError `config_invalid` for a bundle service whose bundles nobody need sign
 */
export async function openPolicy(config: Config, { append, telemetry }: PolicyParts): Promise<ServedPolicy | null> {
  const { log } = telemetry;
  const origin = originOf(config);
  const { source = '', path, opa, poll, keys, shadow: other, accept_serial: acceptSerial } = config.policy;
  if (origin === null) {
    log.error('no policy: everything is denied; set policy.source or pass --policy');
    return null;
  }
  requireKeys(source, keys);
  const recent: Json[] = [];
  const pems = keys.map((file) => readPem(file));
  const shadow = await openShadowFollower({ source: other, path, ...(opa === undefined ? {} : { opa }), telemetry });
  const polled = poll ?? (isUrl(source) ? pollDefault : null);
  const keeper = await keepPolicy({
    origin,
    poll: polled,
    acceptSerial: acceptSerial ?? null,
    inputs: () => recent,
    load: async (found) =>
      remembering(
        await loadPolicy({
          source: found,
          path,
          ...(opa === undefined ? {} : { opa }),
          ...(pems.length === 0 ? {} : { keys: pems }),
        }),
        recent,
        shadow,
      ),
    async activate({ digest, revision, serial }) {
      const body = { action: 'loaded', digest, revision, ...(serial === null ? {} : { serial }) };
      await append({ kind: 'policy', policyDigest: digest, body });
      log.info({ policy: digest, revision, serial }, 'the policy is in force');
    },
    async refuse(error) {
      telemetry.failed(error.code);
      log.error({ code: error.code }, `the policy does not load: ${error.message}`);
      await append({ kind: 'policy', body: { action: 'refused', digest: '', revision: '', code: error.code } });
    },
  });
  telemetry.gauge(
    'countersign_policy_checked_timestamp_seconds',
    'When the source of the policy last said what is current; 0 before it did',
    () => keeper.checked / 1_000,
  );
  const age =
    polled === null
      ? null
      : watchAge({
          checked: () => keeper.checked,
          maxAge: config.policy.max_age,
          async aged(detail) {
            log.error(detail);
            const body = { state: 'opened', what: 'policy age', detail, count: 1 };
            await append({ kind: 'deviation', body }).catch((error: unknown) => telemetry.failed(codeOf(error)));
          },
        });
  return {
    get current() {
      return keeper.current;
    },
    get stale() {
      return age?.stale ?? false;
    },
    get checked() {
      return keeper.checked;
    },
    async look() {
      await Promise.all([keeper.look(), shadow.look()]);
    },
    close() {
      age?.close();
      keeper.close();
    },
  };
}

/** Whoever answers for a bundle service decides what is allowed: only a signature says that it is the team. */
function requireKeys(source: string, keys: readonly string[]): void {
  if (!isUrl(source) || keys.length > 0) return;
  throw new CountersignError(
    'config_invalid',
    'policy.source: a bundle from a service must be signed: name the public keys in policy.keys (see "opa build --signing-key")',
  );
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CountersignError('config_invalid', `policy.keys: ${file} can not be read`);
  }
}

/** The same policy, its latest inputs kept, its decisions about exchanges followed. */
function remembering(policy: Policy, recent: Json[], shadow: ShadowFollower): Policy {
  let next = 0;
  const note = (input: Json): Json => {
    recent[next++ & (inputsKept - 1)] = input;
    return input;
  };
  const { decide, decideAside } = policy;
  return {
    ...policy,
    decide: (input) => decide(note(input)),
    decideAside(input, exchange) {
      const decided = (decideAside ?? decide)(note(input));
      if (exchange === undefined) return decided;
      if (!(decided instanceof Promise)) shadow.follow(input, decided, exchange);
      else void decided.then((later) => shadow.follow(input, later, exchange));
      return decided;
    },
  };
}
