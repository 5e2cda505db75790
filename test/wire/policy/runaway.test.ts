/**
 * Policies that run away and bodies that are made to, on the real Envoy: each is a denial, and others go on. What it
 * costs the others is shown as a comment: `npm run runaways` takes longer over it and shows figures worth reading.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { median } from '../../../bench/row.ts';
import { findOpa } from '../../../examples/quickstart/tools.mjs';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { collidingKeys } from '../../policy/colliding.ts';
import { startStack } from '../fixture/stack.ts';

const rego = `package envoy.authz

default allow := false

allow if input.parsed_path[0] == "fine"

allow if {
	input.parsed_path[0] == "loop"
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b == -1
}

allow if {
	input.parsed_path[0] == "memory"
	x := concat("", [input.attributes.request.http.path | some _ in numbers.range(1, 5000)])
	count([x | some _ in numbers.range(1, 5000); upper(x) != ""]) == 0
}

allow if {
	input.parsed_path[0] == "flood"
	count(input.parsed_body) == 0
}

conflict := input.attributes.request.http.method if input.parsed_path[0] == "conflict"

conflict := input.parsed_path[0] if input.parsed_path[0] == "conflict"

allow if conflict == "x"
`;
const source = t.testdir({ 'policy.rego': rego });
const files = new Map([['policy.rego', Buffer.from(rego)]]);
const bundle = await buildBundle({ source, path: 'envoy/authz/allow', opa: findOpa() }, files);
const stack = await startStack(t, {
  policy: `${t.testdir({ 'bundle.tar.gz': bundle })}/bundle.tar.gz`,
  respond(_, response) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('fine');
    return true;
  },
});

const seconds = Number(process.env.RUNAWAY_SECONDS ?? 2);
/** Requests a second of those who do nothing wrong. */
const rate = Number(process.env.RUNAWAY_RATE ?? 50);

/** As many colliding keys as Envoy lets through here (64 KiB a body). */
const flood = JSON.stringify(Object.fromEntries(collidingKeys(9).map((key) => [key, 1])));
const attacks = [
  { path: '/loop' },
  { path: `/memory?${'x'.repeat(2_000)}` },
  { path: '/flood', method: 'POST', headers: { 'content-type': 'application/json' }, body: flood },
];

async function timed(ask: (typeof attacks)[number]) {
  const began = performance.now();
  const { status } = await stack.request(ask);
  return { status, ms: performance.now() - began };
}

/** Others at a fixed rate, one of each attack a second beside them where `attacked`. */
async function run(attacked: boolean) {
  const others: Promise<Awaited<ReturnType<typeof timed>>>[] = [];
  const attackers: typeof others = [];
  const began = performance.now();
  for (let count = 0; count < seconds * rate; count++) {
    if (attacked && count % Math.ceil(rate / attacks.length) === 0) {
      const attack = attacks[(count / Math.ceil(rate / attacks.length)) % attacks.length];
      if (attack) attackers.push(timed(attack));
    }
    others.push(timed({ path: '/fine' }));
    await wait(Math.max(0, began + ((count + 1) * 1_000) / rate - performance.now()));
  }
  return { others: await Promise.all(others), attackers: await Promise.all(attackers) };
}

const p99 = (times: readonly { readonly ms: number }[]) =>
  times.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;

t.test('each is a denial, and whoever asks beside them is answered as before', async (t) => {
  for (let count = 0; count < 200; count++) await stack.request({ path: '/fine' });
  const quiet = await run(false);
  const loud = await run(true);
  t.ok(loud.attackers.length >= 3);
  t.same(new Set(loud.attackers.map(({ status }) => status)), new Set([403]));
  t.same(new Set([...quiet.others, ...loud.others].map(({ status }) => status)), new Set([200]));
  const shown = (ms: number) => ms.toFixed(1);
  t.comment(
    `others at ${rate}/s: p99 ${shown(p99(quiet.others))} ms, beside attacks ${shown(p99(loud.others))} ms; ` +
      `attacks: median ${shown(median(loud.attackers.map(({ ms }) => ms)))} ms, longest ${shown(Math.max(...loud.attackers.map(({ ms }) => ms)))} ms`,
  );
});

t.test('a conflict that callers provoke many times changes nothing', async (t) => {
  const statuses = new Set<number>();
  for (let round = 0; round < 75; round++)
    for (const { status } of await Promise.all(Array.from({ length: 8 }, () => stack.request({ path: '/conflict' }))))
      statuses.add(status);
  t.same([...statuses], [403], 'after some 500 an instance whose stack is not put back is dead');
  t.equal((await stack.request({ path: '/fine' })).status, 200);
});
