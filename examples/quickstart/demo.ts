/**
 * `npm run demo`: Countersign in a real Envoy, told scenario by scenario. Exit code 0 when every promise held.
 * `-- --stay` leaves everything running, with commands to try, until Ctrl-C.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTokens } from './idp.ts';
import { openSite, type Site } from './site.ts';
import { type Stage, story } from './story.ts';
import { openTeller, type Teller } from './teller.ts';

const seconds = (from: number) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

async function start(site: Site, teller: Teller): Promise<void> {
  teller.heading('Countersign quick start');
  teller.line(`  upstream     127.0.0.1:${site.upstream.port}: customers, and SQL that is really executed, in SQLite`);
  const plugin = performance.now();
  await site.startPlugin();
  // The auditor takes the public key when the gateway is set up, not from the log that is to be verified by it.
  await copyFile(join(site.log, 'key.pub'), join(site.folder, 'auditor.pub'));
  teller.line(`  Countersign  ready in ${seconds(plugin)}`);
  const envoy = performance.now();
  await site.startEnvoy();
  teller.line(`  Envoy        127.0.0.1:${site.port()}, ready in ${seconds(envoy)}`);
}

/** Everybody's tokens as files, and the commands that use them. */
async function invite(site: Site, teller: Teller): Promise<void> {
  await writeTokens(site.idp, site.folder);
  site.upstream.reset();
  const countersign = 'node_modules/.bin/node plugin/cli/main.ts';
  const url = `http://127.0.0.1:${site.port()}`;
  teller.heading('Everything stays up. From another terminal, in this folder:');
  teller.line(`
  F=${site.folder}
  agent="authorization: Bearer $(cat $F/agent)"
  curl -H "$agent" ${url}/customers
  curl -H "$agent" ${url}/sql --json '{"sql":"DROP TABLE customers"}'
  curl -H "$agent" ${url}/sql --json '{"sql":"DELETE FROM customers WHERE id = 1"}'    # waits; meanwhile, as bob:
  COUNTERSIGN_TOKEN=$(cat $F/bob) ${countersign} approvals list -c $F/countersign.yaml
  COUNTERSIGN_TOKEN=$(cat $F/bob) ${countersign} approvals approve ID -c $F/countersign.yaml
  COUNTERSIGN_TOKEN=$(cat $F/carol) ${countersign} sessions list -c $F/countersign.yaml
  ${countersign} audit verify ${site.log} --key $F/auditor.pub

  Ctrl-C stops everything and removes ${site.folder}`);
}

/** Resolves at the first signal that asks us to stop; further ones change nothing, since everything stops already. */
const stopped = new Promise<'stopped'>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done('stopped'));
});

async function tell(site: Site, teller: Teller): Promise<'told'> {
  const started = performance.now();
  await start(site, teller);
  const stage: Stage = { site, teller, used: [] };
  for (const [title, play] of story) await teller.scenario(title, () => play(stage));
  teller.heading('In short');
  teller.table();
  teller.line(`  all in ${seconds(started)}`);
  if (teller.failures > 0) teller.line(`\n  ${teller.failures} promise(s) did not hold`);
  return 'told';
}

/** @returns the exit code: 0 told and true, 1 a promise did not hold or something did not start, 130 interrupted */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { stay: { type: 'boolean', default: false } } });
  const teller = openTeller((text) => process.stdout.write(text));
  const site = await openSite();
  try {
    if ((await Promise.race([tell(site, teller), stopped])) === 'stopped') return 130;
    if (values.stay) {
      await invite(site, teller);
      await stopped;
    }
    return teller.failures === 0 ? 0 : 1;
  } finally {
    await site.close();
  }
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  })
  .then((code) => process.exit(code));
