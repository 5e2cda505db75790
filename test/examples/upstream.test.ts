import t from 'tap';
import { send } from '../../examples/quickstart/client.ts';
import { startUpstream } from '../../examples/quickstart/upstream.ts';

const json = (body: Buffer) => JSON.parse(body.toString('utf8'));

t.test('customers are served whole: masking is not its job', async (t) => {
  const upstream = await startUpstream();
  t.teardown(() => upstream.close());
  const all = await send(upstream, { path: '/customers?page=1' });
  t.equal(all.headers['content-encoding'], undefined);
  t.same(json(all.body).customers[0].ssn, '078-05-1120');
  t.match(json((await send(upstream, { path: '/customers/2' })).body), { name: 'Grace Hopper' });
  t.equal((await send(upstream, { path: '/customers/9' })).status, 404);
  t.equal((await send(upstream, { path: '/nowhere' })).status, 404);
  t.equal(upstream.stats().requests, 4);
});

t.test('every statement of a text is executed and counted', async (t) => {
  const upstream = await startUpstream();
  t.teardown(() => upstream.close());
  const sql = async (text: unknown) => send(upstream, { path: '/sql', body: { sql: text } });
  t.same(json((await sql('SELECT id FROM customers WHERE id < 3')).body), { rows: [{ id: 1 }, { id: 2 }] });
  t.same(json((await sql('DELETE FROM customers WHERE id = 1; DELETE FROM customers WHERE id = 2 -- x')).body), {
    changes: 1,
  });
  t.match(upstream.stats(), { customers: 1, requests: 2 });
  t.equal(upstream.stats().executed.length, 3);
  for (const bad of ['', 7, 'SELEC 1']) t.equal((await sql(bad)).status, 400, `${bad}`);
  upstream.reset();
  t.same(upstream.stats(), { requests: 0, executed: [], customers: 3 });
});

t.test('what looks like a comment to another parser drops the table here', async (t) => {
  const upstream = await startUpstream();
  t.teardown(() => upstream.close());
  await send(upstream, { path: '/sql', body: { sql: 'SELECT 1; /* /* */ DROP TABLE customers; -- */' } });
  t.equal(upstream.stats().customers, null);
});

t.test('a test may answer instead', async (t) => {
  const upstream = await startUpstream({
    respond: ({ path, body }, response) => {
      if (path !== '/mine') return false;
      response.writeHead(299).end(body);
      return true;
    },
  });
  t.teardown(() => upstream.close());
  t.match(await send(upstream, { path: '/mine', body: 'hello' }), { status: 299, body: Buffer.from('hello') });
  t.equal((await send(upstream, { path: '/customers' })).status, 200);
});

t.test('a response that is cut is told apart from a whole one', async (t) => {
  const upstream = await startUpstream({
    respond: (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('12345', () => response.destroy());
      return true;
    },
  });
  t.teardown(() => upstream.close());
  t.match(await send(upstream, { path: '/' }), { status: 200, complete: false, body: Buffer.from('12345') });
});
