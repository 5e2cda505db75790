import { type Logger, pino } from 'pino';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds: from a trimmed evaluation to a person who thinks about it for an hour. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 300, 3600];

/** What an operator sees of the running process. No label and no line carries content of an exchange. */
export interface Telemetry {
  readonly log: Logger;
  /** One admit ended. `seconds` includes a hold's wait. */
  admitted(verdict: Verdict, seconds: number): void;
  /** One release ended. */
  released(outcome: ReleaseOutcome, seconds: number, bytes: number): void;
  /** Values that masks replaced. */
  masked(count: number): void;
  /** A decision was compared with that of the shadow policy. */
  shadowed(likeness: string): void;
  /** An exchange that failed by a fault, by its code of `errors.ts`. */
  failed(code: string): void;
  /** Sampled at each scrape. */
  gauge(name: string, help: string, read: () => number): void;
  /** Prometheus text exposition format 0.0.4. */
  metrics(): Promise<string>;
  readonly contentType: string;
}

/** How an admit ended. */
export type Verdict = 'allow' | 'deny' | 'hold' | 'gone';

/** How a release ended: whole, a reply of Envoy's own, refused before the headers, cut after them, or left by the caller. */
export type ReleaseOutcome = 'complete' | 'local' | 'refused' | 'cut' | 'aborted';

/** Logs as JSON lines on standard error; metrics are kept until scraped. */
export function openTelemetry(level: string): Telemetry {
  const log = pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
  const registry = new Registry();
  const registers = [registry];
  const decisions = new Counter({
    name: 'countersign_decisions_total',
    help: 'Checks answered, by verdict',
    labelNames: ['verdict'],
    registers,
  });
  const admit = new Histogram({
    name: 'countersign_admit_seconds',
    help: 'From Check to answer, holds included',
    buckets,
    registers,
  });
  const releases = new Counter({
    name: 'countersign_responses_total',
    help: 'Responses released, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const release = new Histogram({
    name: 'countersign_release_seconds',
    help: 'From response headers to end of stream',
    buckets,
    registers,
  });
  const bytes = new Counter({
    name: 'countersign_response_bytes_total',
    help: 'Response bytes as callers got them',
    registers,
  });
  const masked = new Counter({
    name: 'countersign_masked_values_total',
    help: 'Values that masks replaced',
    registers,
  });
  const shadows = new Counter({
    name: 'countersign_shadow_decisions_total',
    help: 'Decisions compared with those of the shadow policy, by likeness',
    labelNames: ['likeness'],
    registers,
  });
  const failures = new Counter({
    name: 'countersign_failures_total',
    help: 'Exchanges that failed by a fault, by code',
    labelNames: ['code'],
    registers,
  });
  return {
    log,
    admitted(verdict, seconds) {
      decisions.inc({ verdict });
      admit.observe(seconds);
    },
    released(outcome, seconds, count) {
      releases.inc({ outcome });
      release.observe(seconds);
      bytes.inc(count);
    },
    masked: (count) => masked.inc(count),
    shadowed: (likeness) => shadows.inc({ likeness }),
    failed: (code) => failures.inc({ code }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    metrics: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
