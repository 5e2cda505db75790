/**
 * ext_proc passes the rest of a response as it came when its server ends the stream with status OK, whatever
 * `failure_mode_allow` says. The guard on the cluster turns that into an error: without it the leak is there to see,
 * so that a test that finds none with it has looked at the right place.
 */
import type { ServerResponse } from 'node:http';
import t from 'tap';
import { openResponse, readOut } from './fixture/caller.ts';
import { customer, shown } from './fixture/secrets.ts';
import { startStack } from './fixture/stack.ts';
import { type EndsAt, masked, startStub } from './fixture/stub.ts';

const clusterOfRelease = ['static_resources', 'clusters', 1];
const moments: readonly EndsAt[] = ['before the headers', 'after the headers', 'after the first chunk'];

/** Sends the customer again and again, until a caller has seen it or the response is cut. */
function goOn(response: ServerResponse, seen: AbortSignal): void {
  const again = setInterval(() => (seen.aborted ? response.end() : response.write(customer)), 20);
  response.once('close', () => clearInterval(again));
}

for (const guarded of [false, true])
  t.test(`with the guard ${guarded ? 'in place' : 'removed'}`, async (t) => {
    let enough = new AbortController();
    const stack = await startStack(t, {
      start: false,
      respond(_, response) {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"first":');
        goOn(response, enough.signal);
        return true;
      },
      envoyPatch(config) {
        t.equal(config.getIn([...clusterOfRelease, 'name']), 'countersign_proc');
        const settings = [...clusterOfRelease, 'typed_extension_protocol_options'];
        const filters = [...settings, 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions', 'http_filters'];
        t.ok(config.hasIn(filters), 'the quick start has the guard');
        if (!guarded) config.deleteIn(filters);
      },
    });
    let stub = await startStub(stack, 'before the headers');
    t.teardown(() => stub.drain(0));
    await stack.startEnvoy();
    for (const endsAt of moments) {
      await stub.drain(0);
      stub = await startStub(stack, endsAt);
      enough = new AbortController();
      const response = await openResponse(stack, '/customers/1');
      response.on('data', (chunk: Buffer) => {
        if (shown(chunk).length > 0) enough.abort();
      });
      const { status, body, complete } = await readOut(response);
      if (guarded) {
        t.same(shown(body), [], `a success ${endsAt} shows nothing`);
        t.notOk(complete && status === 200, `a success ${endsAt} is an error to the caller`);
      } else {
        t.equal(shown(body).length, 3, `a success ${endsAt} leaks the rest`);
      }
      if (endsAt === 'after the first chunk') t.match(body.toString('utf8'), masked);
    }
  });
