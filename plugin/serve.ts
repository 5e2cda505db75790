import { hash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAuditLog, openHoldStore, openRecordingStore, openTransport } from './adapters.ts';
import { limitDenials } from './audit/denials.ts';
import { watchDisk } from './audit/disk.ts';
import type { EntryEvent, Log } from './audit/log.ts';
import { openCommands } from './command/open.ts';
import { type Config, listenerOf } from './config.ts';
import { approvalRoutes } from './console/approvals.ts';
import { auditRoutes } from './console/audit.ts';
import { deviationRoutes } from './console/deviations.ts';
import { listenAdmin } from './console/listen.ts';
import { sessionRoutes } from './console/sessions.ts';
import { loadDescriptors } from './descriptors.ts';
import { listen } from './envoy/listen.ts';
import { CountersignError, codeOf } from './errors.ts';
import { openGranted } from './exchange/granted.ts';
import { openExchange } from './exchange.ts';
import { openDelivery } from './hold/deliver.ts';
import { openDesk } from './hold/desk.ts';
import { noticesOf, readSecret, type Webhook } from './hold/webhook.ts';
import { type Bearer, noBearer, openBearer } from './identity/bearer.ts';
import { openTokenVerifier } from './identity/token.ts';
import { openDeviations } from './ledger/deviations.ts';
import { openLedger } from './ledger.ts';
import { openCounters } from './record/counters.ts';
import { keepCounters } from './record/counters-file.ts';
import { loadKek } from './record/key.ts';
import { openRecorder } from './record/recorder.ts';
import { openPolicy } from './serve/policy.ts';
import { openTelemetry, type Telemetry } from './telemetry.ts';

/** A running service. */
export interface Running {
  /** Where Envoy finds it: the socket's path, or `host:port`. */
  readonly address: string;
  /** Where people and monitoring find it. */
  readonly admin: string;
  /** Resolves with the fault when the log breaks: nothing more is allowed, and the process should end. */
  readonly broken: Promise<Error>;
  /** Looks for another policy now: whether one is found is in the log, the metrics and an entry. */
  reload(): Promise<void>;
  /** Drains: no new calls, those in flight finish, then every store is closed. */
  stop(): Promise<void>;
}

/** The composition root: opens every store, loads the policy, listens. What was opened is closed when that fails. */
export async function serve(config: Config): Promise<Running> {
  const opened = new AsyncDisposableStack();
  try {
    return await open(config, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Closing goes the other way round: the last to be opened first. */
async function open(config: Config, opened: AsyncDisposableStack): Promise<Running> {
  const listener = edgeListener(config);
  const telemetry = openTelemetry(config.log.level);
  const { log } = telemetry;
  makeState(config.state);

  let fault: Error | null = null;
  let onBroken: (error: Error) => void = () => {};
  const broken = new Promise<Error>((resolve) => {
    onBroken = resolve;
  });
  const audit = await openAuditLog(config, {
    onBroken(error) {
      fault = error;
      log.fatal({ code: codeOf(error) }, 'the audit log is broken: nothing more is allowed; see docs/operators.md');
      onBroken(error);
    },
    onUnanchored(anchor, error) {
      telemetry.failed('anchor');
      log.warn({ anchor, reason: String(error) }, 'a checkpoint of the audit log was not anchored: it is tried again');
    },
  });
  opened.defer(() => audit.close());
  watchLog(audit, telemetry);
  const deviations = openDeviations({
    append: (event) => ledger.append(event),
    history: () => audit.scan(() => true),
    group: config.deviations.group,
  });
  const disk = watchDisk(config.state, config.audit.reserve);
  opened.defer(() => disk.close());
  telemetry.gauge(
    'countersign_audit_disk_free_bytes',
    'Bytes that the state folder may still grow by',
    () => disk.free,
  );
  const ledger = limitDenials(
    openLedger(audit, telemetry, {
      denialsInARow: config.deviations.denials_in_a_row,
      entered: deviations.entered,
    }),
    Date.now,
    () => disk.scarce,
  );
  opened.defer(() => ledger.close());
  await ledger.append(configEvent(config));
  const policies = await openPolicy(config, { append: ledger.append, telemetry });
  const policy = () => policies?.current ?? null;
  opened.defer(() => policies?.close());
  const recorder = openRecorder({
    store: openRecordingStore(config),
    keyFile: join(config.state, 'keys', 'recordings.key'),
    dropHeaders: config.record.drop_headers,
  });
  opened.defer(() => recorder.close());
  const sessions = openCounters({
    sessions: 100_000,
    principals: 20_000,
    idle: config.record.session_idle,
    window: config.record.budget_window,
  });
  const counted = await keepCounters(sessions, join(config.state, 'sessions.ndjson'), (error) => {
    telemetry.failed(codeOf(error));
    log.error({ err: error }, 'session counters are kept in memory only');
  });
  opened.defer(() => counted.close());
  const descriptors = config.commands.descriptors === undefined ? null : loadDescriptors(config.commands.descriptors);
  const { max_bytes: maxBytes, timeout: timeoutMs } = config.commands;
  const commands = openCommands({ maxBytes, timeoutMs, descriptors });
  opened.defer(() => commands.close());
  const webhooks = config.holds.webhooks.map(webhookOf);
  const store = await openHoldStore(config);
  opened.defer(() => store.close());
  const desk = await openDesk({
    store,
    emit: ledger.append,
    evidence: (seq) => audit.entry(seq),
    limits: { pending: config.holds.max_pending, pendingPerPrincipal: config.holds.max_pending_per_principal },
    key: loadKek(join(config.state, 'keys', 'holds.key')),
    cooldownMs: config.holds.cooldown,
    glassPerDay: config.holds.break_glass.per_day,
    notices: noticesOf(webhooks.length),
  });
  opened.defer(() => desk.close());
  const delivery = openDelivery({
    ...{ store, webhooks, console: config.holds.console ?? null },
    failed(target, given) {
      telemetry.failed('webhook');
      log.warn({ webhook: target, given }, 'a notification could not be delivered');
    },
  });
  opened.defer(() => delivery.close());
  desk.onStep(delivery.poke);
  const exchange = openExchange({
    identity: config.identity,
    bearer: bearerOf(config),
    commands,
    descriptors,
    policy,
    desk,
    granted: openGranted(desk),
    ledger,
    recorder,
    sessions,
    keys: maskKeys(config),
    telemetry,
    settings: {
      wait: config.holds.wait,
      console: config.holds.console ?? null,
      glass: { group: config.holds.break_glass.group ?? null, maxAge: config.holds.break_glass.max_age },
      recordDefault: config.record.default,
      sessionHeaders: config.record.session_headers,
    },
  });
  const serving = () => policy() !== null && fault === null;
  const edge = await listen({
    transport: openTransport(config, (error) => {
      telemetry.failed(codeOf(error));
      log.error({ err: error }, 'a call failed by a fault of ours');
    }),
    listener,
    exchange,
    idle: config.release.idle,
    serving,
    failed: telemetry.failed,
  });
  opened.defer(() => edge.drain(0));
  const verifyToken = openTokenVerifier(config.identity.issuers, { clockSkew: config.identity.clock_skew });
  const admin = await listenAdmin({
    listener: listenerOf(config.admin),
    health: () => ({
      serving: serving(),
      policy: policy()?.digest ?? null,
      log: fault === null ? 'open' : 'broken',
      ...(policies?.stale ? { stale: true } : {}),
    }),
    metrics: telemetry.metrics,
    metricsType: telemetry.contentType,
    routes: [
      approvalRoutes({ desk, verifyToken }),
      deviationRoutes({ deviations, verifyToken }),
      auditRoutes({
        log: audit,
        append: ledger.append,
        stores: [
          { name: 'recordings', exchanges: () => recorder.kept(), erase: (exchanges) => recorder.erase(exchanges) },
          { name: 'holds', exchanges: () => store.strippable(), erase: (exchanges) => store.strip(exchanges) },
        ],
        verifyToken,
        readers: config.record.readers,
      }),
      sessionRoutes({
        recorder,
        verifyToken,
        readers: config.record.readers,
        disclose: async (event) => void (await ledger.append(event)),
      }),
    ],
  });
  opened.defer(() => admin.close());
  log.info({ listen: edge.address, admin: admin.address, origin: audit.origin, policy: policy()?.digest }, 'serving');
  return {
    address: edge.address,
    admin: admin.address,
    broken,
    reload: async () => policies?.look(),
    async stop() {
      log.info('draining');
      desk.drain();
      await edge.drain(config.drain);
      await opened.disposeAsync();
      log.info('stopped');
    },
  };
}

/** The settings in force, by digest, and who anchors the log. */
function configEvent(config: Config): EntryEvent {
  const anchors = [...config.audit.anchors.tsa, ...config.audit.anchors.witnesses].map(({ url }) => url);
  const digest = hash('sha256', JSON.stringify(config));
  return { kind: 'config', body: { digest, ...(anchors.length === 0 ? {} : { anchors }) } };
}

function watchLog(audit: Log, { gauge }: Telemetry): void {
  gauge('countersign_audit_entries', 'Entries in the audit log', () => audit.entries);
  const lag = () => audit.lag() ?? { batches: 0, ms: 0 };
  gauge('countersign_audit_unanchored_batches', 'Published batches without an anchor', () => lag().batches);
  gauge('countersign_audit_unanchored_seconds', 'Age of the oldest of them', () => lag().ms / 1_000);
}

/** Tokens of requests have audiences of their own: none that serves for the API serves for approving. */
function bearerOf({ identity: { issuers, bearer, clock_skew: clockSkew } }: Config): Bearer {
  if (bearer === undefined) return noBearer;
  return openBearer(openTokenVerifier(issuers, { audiences: bearer.audiences, clockSkew }));
}

/** Whoever reaches the listener is Envoy (threat 18): a unix socket, or loopback with the operator's express word. */
function edgeListener(config: Config) {
  const listener = listenerOf(config.listen);
  if ('unix' in listener) return listener;
  const loopback = listener.host === 'localhost' || listener.host === '::1' || /^127\.[0-9.]+$/.test(listener.host);
  if (loopback && config.insecure_loopback) return listener;
  throw new CountersignError(
    'config_invalid',
    loopback
      ? `listen: any local process that reaches ${config.listen} is taken for Envoy: use unix:PATH, or say so with insecure_loopback: true (--insecure-loopback)`
      : `listen: ${config.listen} is neither a unix socket nor loopback: without mTLS whoever reaches it is taken for Envoy; use unix:PATH`,
  );
}

/** The state folder and the keys' folder are for us alone. */
function makeState(state: string): void {
  for (const folder of [state, join(state, 'keys')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
}

function webhookOf({ url, format, secret }: Config['holds']['webhooks'][number], index: number): Webhook {
  const name = `holds.webhooks.${index}.secret`;
  return {
    url,
    format,
    secret: secret === undefined ? null : readSecret(readKey(name, secret).toString('utf8'), name),
  };
}

/** Pseudonym keys by name. `default` is made at first start; the others must be there. */
function maskKeys(config: Config): Readonly<Record<string, Buffer>> {
  const own = join(config.state, 'keys', 'mask-default.key');
  if (config.mask.keys.default === undefined && !existsSync(own))
    writeFileSync(own, randomBytes(32), { mode: 0o600, flag: 'wx' });
  const files = { default: own, ...config.mask.keys };
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readKey(`mask.keys.${name}`, file)]));
}

function readKey(setting: string, file: string): Buffer {
  if (!existsSync(file)) throw new CountersignError('key_invalid', `${setting}: ${file} is not there`);
  if ((statSync(file).mode & 0o077) !== 0)
    throw new CountersignError('key_invalid', `${setting}: ${file} can be read by others: run "chmod 0600 ${file}"`);
  const key = readFileSync(file);
  if (key.length < 32)
    throw new CountersignError('key_invalid', `${setting}: ${file} has ${key.length} bytes, 32 or more are needed`);
  return key;
}
