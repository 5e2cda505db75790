import type { HoldRecord, Opening } from '../../plugin/hold/record.ts';
import { openHold } from '../../plugin/hold/record.ts';
import { parseHold } from '../../plugin/hold/spec.ts';
import type { Principal } from '../../plugin/request.ts';
import { agent } from './people-of.ts';

/** A spec that wants one dba; `over` in the policy's words. */
export const specOf = (over: Readonly<Record<string, unknown>> = {}) =>
  parseHold({ approvals: [{ group: 'dba' }], reason: 'a DELETE', ...over });

export function opening(over: Partial<Opening> = {}, asker: Principal = agent()): Opening {
  return {
    exchange: '01890a5d-ac96-774b-bcce-b302099a8057',
    digest: 'd1'.repeat(32),
    asker,
    spec: specOf(),
    policyDigest: 'ef'.repeat(32),
    rule: 'sql/delete',
    display: { method: 'POST', path: '/sql', commands: [{ kind: 'sql', text: 'DELETE FROM t' }] },
    justification: 'cleaning up',
    shape: '5a'.repeat(32),
    grantKey: null,
    ...over,
  };
}

/** A pending hold, opened at `now`. */
export const pendingHold = (over: Partial<Opening> = {}, now = 0): HoldRecord => openHold(opening(over), now);
