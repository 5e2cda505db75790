import { status } from '@grpc/grpc-js';
import t from 'tap';
import { statusCode } from '../../plugin/transport/port.ts';

t.test('our codes are those of gRPC', async (t) => {
  const names: Readonly<Record<string, unknown>> = status;
  for (const [name, code] of Object.entries(statusCode))
    t.equal(names[name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()], code, name);
});
