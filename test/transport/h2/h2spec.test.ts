/**
 * The HTTP/2 conformance suite h2spec (https://github.com/summerwind/h2spec) on our own server. All cases that its build
 * has are to pass: 146 in 2.6, 73 in the one that `go install github.com/summerwind/h2spec/cmd/h2spec@v1.5.0` gives.
 */
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { start } from './peer.ts';

const h2spec = process.env.H2SPEC || 'h2spec';
const there = spawnSync(h2spec, ['--version']).error === undefined;
const skip = there ? false : 'needs h2spec: put it on the PATH, or set $H2SPEC';

t.test('every case of h2spec passes', { skip, timeout: 300_000 }, async (t) => {
  const server = await start({});
  t.teardown(() => server.drain(0));
  const [host = '', port = ''] = server.address.split(':');
  const child = spawn(h2spec, ['generic', 'http2', 'hpack', '-h', host, '-p', port, '-o', '3'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await text(child.stdout);
  const [, tests = '0', passed = '0', , failed = ''] =
    /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(said) ?? [];
  t.ok(Number(tests) >= 73, `${tests} cases were tried`);
  t.equal(passed, tests, said.slice(said.indexOf('Failures')));
  t.equal(failed, '0');
});
