import t from 'tap';
import { grpcStatus } from '../../plugin/exchange/grpc-status.ts';

const problem = {
  status: 403,
  type: 'hold-pending',
  title: 'x',
  detail: 'y',
  exchange: 'e',
  rule: 'r',
  members: { hold: 'h_1' },
};

t.test('a problem has a code and details', async (t) => {
  const { code, details } = grpcStatus(problem, 'waits', [['retry-after', '300']]);
  t.equal(code, 7);
  const bytes = Buffer.from(details, 'base64');
  t.equal(bytes.subarray(0, 9).toString('latin1'), '\u0008\u0007\u0012\u0005waits');
  for (const text of ['type.googleapis.com/google.rpc.ErrorInfo', 'HOLD_PENDING', 'countersign.dev', 'hold', 'h_1'])
    t.ok(bytes.includes(text), text);
  t.ok(bytes.includes(Buffer.from([0x12, 5, 0x0a, 3, 8, 0xac, 0x02])), 'RetryInfo of 300 s');
  t.notOk(Buffer.from(grpcStatus(problem, '', []).details, 'base64').includes('RetryInfo'));
});

t.test('each status has its code', async (t) => {
  for (const [status, code] of [
    [401, 16],
    [429, 8],
    [503, 14],
    [418, 7],
  ] as const)
    t.equal(grpcStatus({ ...problem, status }, '', []).code, code);
});
