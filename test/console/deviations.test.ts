import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { send } from '../../examples/quickstart/client.ts';
import { deviationRoutes } from '../../plugin/console/deviations.ts';
import { CountersignError } from '../../plugin/errors.ts';
import type { Deviation, SignOff } from '../../plugin/ledger/deviations.ts';
import { human } from '../hold/people-of.ts';

t.test('deviations are listed and signed off by whoever the token proves', async (t) => {
  const steps: SignOff[] = [];
  const step = async (signOff: SignOff) => {
    steps.push(signOff);
    return { id: signOff.id } as Deviation;
  };
  const routes = deviationRoutes({
    deviations: { list: async () => [], acknowledge: step, resolve: step },
    async verifyToken(bearer) {
      if (bearer !== 'ann') throw new CountersignError('token_invalid', 'no');
      return human('ann', ['auditors']);
    },
  });
  const server = createServer((request, response) => void (routes(request, response) || response.writeHead(418).end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const at = async (path: string, body?: object, token = 'ann') =>
    (await send({ port }, { path, token, ...(body === undefined ? {} : { body }) })).status;
  t.equal(await at('/api/v1/deviations'), 200);
  t.equal(await at('/api/v1/deviations', undefined, 'x'), 401);
  t.equal(await at('/api/v1/deviations/e1.w.example.com/7/resolve', { reason: 'seen' }), 200);
  t.match(steps, [{ id: 'e1.w.example.com/7', by: { id: 'ann' }, reason: 'seen' }]);
  t.equal(await at('/api/v1/deviations/e1.w.example.com/7/resolve', { by: 'bob' }), 400);
  t.equal(await at('/api/v1/deviations/7/resolve', {}), 400);
  t.equal(await at('/api/v1/other'), 418);
});
