import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import t from 'tap';
import { listen } from '../../plugin/envoy/listen.ts';
import type { Exchange } from '../../plugin/exchange.ts';
import { nodeTransport } from '../../plugin/transport/node.ts';
import { decode, encode } from './wire.ts';

t.test('gRPC health says whether anything could be allowed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'listen-'));
  let serving = true;
  const server = await listen({
    transport: nodeTransport(),
    listener: { unix: join(folder, 'edge.sock') },
    exchange: {} as Exchange,
    idle: 1_000,
    serving: () => serving,
    failed: () => {},
  });
  const client = new Client(`unix:${server.address}`, credentials.createInsecure());
  t.teardown(async () => {
    client.close();
    await server.drain(1_000);
    rmSync(folder, { recursive: true });
  });
  const ask = (service: string) =>
    new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: Buffer) =>
        error ? reject(error) : resolve(decode('HealthCheckResponse', answer ?? Buffer.alloc(0)).status);
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        encode('HealthCheckRequest', { service }),
        done,
      );
    });
  t.equal(await ask(''), 'SERVING');
  serving = false;
  t.equal(await ask('envoy.service.auth.v3.Authorization'), 'NOT_SERVING');
  t.equal(await ask('nobody'), 'SERVICE_UNKNOWN');
});
