import { createHash } from 'node:crypto';
import type { DecisionFacts, Ledger, ResponseFacts } from './audit/event.ts';
import type { EntryEvent, Log, Receipt } from './audit/log.ts';
import { codeOf } from './errors.ts';
import { openWatch, type Seen } from './ledger/watch.ts';

/** Command text that an entry commits to, bytes; the rest of a longer one is in its digest only (audit.md). */
const commandTextLimit = 16_384;

/** Characters of a path, of a method, authority or group, and groups of a principal that an entry shows. */
const pathLimit = 4_096;
const nameLimit = 256;
const groupLimit = 100;

/** What the ledger says to telemetry. */
export interface LedgerWatch {
  failed(code: string): void;
}

/** What makes a deviation, and who hears of entries. */
export interface LedgerOptions {
  /** Denials of one principal in a row. */
  readonly denialsInARow?: number;
  readonly entered?: (event: EntryEvent, receipt: Receipt) => void;
}

/** Opens the ledger on a log: the one place where an event becomes an entry. */
export function openLedger(log: Log, watch: LedgerWatch, options: LedgerOptions = {}): Ledger {
  let unlogged = 0;
  const seen = openWatch(options.denialsInARow ?? 20);

  async function append(event: EntryEvent): Promise<Receipt> {
    const { principal } = event;
    const receipt = await log.append(principal === undefined ? event : { ...event, principal: shown(principal) });
    options.entered?.(event, receipt);
    if (unlogged > 0) settle();
    return receipt;
  }

  function settle(): void {
    const count = unlogged;
    unlogged = 0;
    const event = deviationEvent('unlogged denials', 'the log was broken or overloaded', count, null);
    log.append(event).then(
      (receipt) => options.entered?.(event, receipt),
      () => {
        unlogged += count;
      },
    );
  }

  /** Tells of what an entry showed. Not awaited: no answer depends on it. */
  function tell(found: Seen | null, exchange: string | null): void {
    if (found === null) return;
    append(deviationEvent(found.what, found.detail, found.count, exchange)).catch((error: unknown) =>
      watch.failed(codeOf(error)),
    );
  }

  return {
    append,
    allowed(facts) {
      seen.allowed(facts);
      return append(decisionEvent(facts, 'allow'));
    },
    async denied(facts, verdict) {
      try {
        await append(decisionEvent(facts, verdict));
        if (verdict === 'deny') tell(seen.denied(facts), facts.exchange);
      } catch (error) {
        unlogged += 1;
        watch.failed(codeOf(error));
      }
    },
    async responded(facts) {
      await append(responseEvent(facts));
      tell(seen.responded(facts), facts.exchange);
    },
    async deviation(what, detail, exchange) {
      try {
        await append(deviationEvent(what, detail, 1, exchange));
      } catch (error) {
        watch.failed(codeOf(error));
      }
    },
  };
}

function deviationEvent(what: string, detail: string, count: number, exchange: string | null): EntryEvent {
  return {
    kind: 'deviation',
    ...(exchange === null ? {} : { exchange }),
    body: { state: 'opened', what, detail, count },
  };
}

/** In clear: what every access log shows. Committed: query, body digest, command text (audit.md). */
export function decisionEvent(facts: DecisionFacts, verdict: 'allow' | 'deny' | 'hold'): EntryEvent {
  const { request } = facts;
  const mark = request.path.indexOf('?');
  const path = mark >= 0 ? request.path.slice(0, mark) : request.path;
  const committed: Record<string, Uint8Array> = {};
  if (path.length > pathLimit) committed.path = Buffer.from(path);
  if (mark >= 0) committed.query = Buffer.from(request.path.slice(mark + 1));
  if (request.body !== null && request.body.length > 0)
    committed.body = createHash('sha256').update(request.body).digest();
  if (facts.commandText !== null) committed.command = Buffer.from(facts.commandText).subarray(0, commandTextLimit);
  return {
    kind: 'decision',
    exchange: facts.exchange,
    ...(facts.principal === null ? {} : { principal: shown(facts.principal) }),
    ...(facts.policyDigest === null ? {} : { policyDigest: facts.policyDigest }),
    body: {
      verdict,
      rule: facts.rule ?? '',
      reason: facts.reason ?? '',
      bundle: facts.bundle,
      method: clip(request.method, nameLimit),
      authority: clip(request.authority, nameLimit),
      path: clip(path, pathLimit),
      route: request.extensions['countersign.route'] ?? '',
      commands: facts.commands,
      release: facts.release,
      ...(facts.planDigest === null ? {} : { planDigest: facts.planDigest }),
      ...(facts.hold === null ? {} : { hold: facts.hold }),
      labels: Object.entries(facts.labels).map(([k, v]) => ({ k, v: typeof v === 'string' ? v : JSON.stringify(v) })),
    },
    ...(Object.keys(committed).length === 0 ? {} : { committed }),
  };
}

/** What an entry shows of a principal, whoever tells of it: never so much that it can't be written. */
function shown({
  id,
  issuer,
  groups,
  actors,
}: NonNullable<EntryEvent['principal']>): NonNullable<EntryEvent['principal']> {
  return {
    id,
    issuer,
    groups: groups.slice(0, groupLimit).map((group) => clip(group, nameLimit)),
    actors: actors.map((actor) => ({ id: actor.id, issuer: actor.issuer })),
  };
}

/** A caller must not keep a denial out of the log by making it too long to write. */
function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}\u2026`;
}

/** A response entry: durable before the response's end of stream is let go. */
export function responseEvent(facts: ResponseFacts): EntryEvent {
  return {
    kind: 'response',
    ...(facts.exchange === null ? {} : { exchange: facts.exchange }),
    ...(facts.policyDigest === null ? {} : { policyDigest: facts.policyDigest }),
    body: {
      status: facts.status,
      length: facts.length,
      outcome: facts.outcome,
      masks: facts.masks,
      ...(facts.recording === null ? {} : { recording: facts.recording }),
      ...(facts.decision === null ? {} : { decision: facts.decision }),
      ...(facts.planDigest === null ? {} : { planDigest: facts.planDigest }),
      ...(facts.detail === null ? {} : { detail: facts.detail }),
      ...(facts.respond === undefined ? {} : { respond: facts.respond }),
    },
    committed: { content: facts.digest },
  };
}
