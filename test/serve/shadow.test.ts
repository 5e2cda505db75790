import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readDecision } from '../../plugin/policy/decision.ts';
import { openShadowFollower } from '../../plugin/serve/shadow.ts';
import { openTelemetry } from '../../plugin/telemetry.ts';
import { withoutOpa } from '../policy/rego.ts';

const path = 'envoy/authz/allow';

/** Telemetry whose comparisons a test can await. */
function watched() {
  const telemetry = openTelemetry('silent');
  const seen: string[] = [];
  let next = Promise.withResolvers<string>();
  const failed: string[] = [];
  return {
    telemetry: {
      log: telemetry.log,
      failed: (code: string) => void failed.push(code),
      shadowed(likeness: string) {
        seen.push(likeness);
        next.resolve(likeness);
        next = Promise.withResolvers();
      },
    },
    next: () => next.promise,
    failed,
  };
}

t.test('each decision is compared, nobody waits, and another bundle is found', { skip: withoutOpa }, async (t) => {
  const folder = t.testdir({ 'p.rego': 'package envoy.authz\n\nallow := true\n' });
  const { telemetry, next, failed } = watched();
  const follower = await openShadowFollower({ source: folder, path, telemetry });
  let compared = next();
  follower.follow({}, readDecision(true), 'e1');
  t.equal(await compared, 'same');
  writeFileSync(join(folder, 'p.rego'), 'package envoy.authz\n\nallow := false\n');
  utimesSync(join(folder, 'p.rego'), 1, 1);
  await follower.look();
  compared = next();
  follower.follow({}, readDecision(true), 'e2');
  t.equal(await compared, 'verdict');
  writeFileSync(join(folder, 'p.rego'), 'no rego');
  await follower.look();
  t.same(failed, ['policy_invalid']);
  compared = next();
  follower.follow({}, readDecision(false), 'e3');
  t.equal(await compared, 'same', 'the one before stays');
});

t.test('without one, and with one that is not there, decisions go on', async (t) => {
  const { telemetry, failed } = watched();
  const none = await openShadowFollower({ source: undefined, path, telemetry });
  none.follow({}, readDecision(true), 'e');
  await none.look();
  t.same(failed, []);
  const gone = await openShadowFollower({ source: '/nonexistent', path, telemetry });
  gone.follow({}, readDecision(true), 'e');
  t.same(failed, ['policy_missing']);
});
