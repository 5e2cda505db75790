import t from 'tap';
import { type Carrier, noSuchMethod, openCall, refusedHttp } from '../../plugin/transport/call.ts';
import type { Call, Handler, Status } from '../../plugin/transport/port.ts';

const head = { path: '/s/M', metadata: {}, deadline: null };

/** A carrier that notes what is asked of it, and the call on it. */
function setUp(handler: (call: Call) => Handler) {
  const did: string[] = [];
  const carrier: Carrier & { gone: boolean } = {
    gone: false,
    write(pieces) {
      did.push(`write ${Buffer.concat([...pieces]).toString('hex')}`);
      return true;
    },
    end: (status: Status) => did.push(`end ${status.code}`),
    pause: () => did.push('pause'),
    resume: () => did.push('resume'),
  };
  const faults: unknown[] = [];
  let call: Call | undefined;
  const receiver = openCall(
    carrier,
    head,
    (opened) => {
      call = opened;
      return handler(opened);
    },
    { maxMessageBytes: 100, onFault: (error) => faults.push(error) },
  );
  return { did, carrier, faults, receiver, call: call as Call };
}

const message = (text: string) => Buffer.from(`\0\0\0\0${String.fromCharCode(text.length)}${text}`, 'latin1');

t.test('a message is one, however its bytes are cut', (t) => {
  const got: string[] = [];
  const { receiver } = setUp(() => ({
    onMessage: (bytes) => got.push(bytes.toString()),
    onEnd: () => got.push('END'),
  }));
  for (const byte of Buffer.concat([message('ab'), message('c')])) receiver.data(Buffer.from([byte]));
  receiver.end();
  t.same(got, ['ab', 'c', 'END']);
  t.end();
});

t.test('nothing is handed over while paused, and the end waits too', (t) => {
  const got: string[] = [];
  const { receiver, call, did } = setUp(() => ({
    onMessage: (bytes) => got.push(bytes.toString()),
    onEnd: () => got.push('END'),
  }));
  call.pause();
  receiver.data(message('ab'));
  receiver.end();
  t.same(got, []);
  call.resume();
  t.same(got, ['ab', 'END']);
  t.same(did, ['pause', 'resume']);
  t.end();
});

t.test('the first status counts, and nothing is sent after it or to a peer that left', (t) => {
  const { call, carrier, did } = setUp(() => ({ onMessage: () => undefined }));
  call.finish({ code: 7, message: '' });
  call.finish({ code: 0, message: '' });
  t.equal(call.send(Buffer.from('x')), true);
  t.same(did, ['end 7']);
  const other = setUp(() => ({ onMessage: () => undefined }));
  other.carrier.gone = true;
  t.equal(other.call.send(Buffer.from('x')), true);
  other.call.finish({ code: 0, message: '' });
  t.same(other.did, []);
  t.equal(carrier.gone, false);
  t.end();
});

t.test('what a handler throws ends its call, is told to somebody, and the handler learns of it once', (t) => {
  let cancels = 0;
  const { receiver, did, faults } = setUp(() => ({
    onMessage() {
      throw new Error('a bug');
    },
    onCancel() {
      cancels += 1;
      throw new Error('another');
    },
  }));
  receiver.data(message('x'));
  receiver.lost();
  t.same(did, ['end 13']);
  t.equal(cancels, 1);
  t.equal(faults.length, 1);
  t.end();
});

t.test('bytes that are no message end the call', (t) => {
  for (const [bytes, end, code] of [
    [Buffer.from([1, 0, 0, 0, 0]), false, 12],
    [Buffer.from([2, 0, 0, 0, 0]), false, 13],
    [Buffer.from([0, 0, 0, 0, 101]), false, 8],
    [Buffer.from([0, 0, 0]), true, 13],
  ] as const) {
    let cancels = 0;
    const { receiver, did } = setUp(() => ({ onMessage: () => t.fail(), onCancel: () => (cancels += 1) }));
    receiver.data(bytes);
    if (end) receiver.end();
    t.same(did, [`end ${code}`]);
    t.equal(cancels, 1);
  }
  t.end();
});

t.test('what is not gRPC is known by method and content type', (t) => {
  for (const [method, type, status] of [
    ['POST', 'application/grpc', null],
    ['POST', 'application/grpc+proto', null],
    ['POST', 'application/grpc;charset=x', null],
    ['GET', 'application/grpc', 405],
    ['POST', 'application/grpc-web', 415],
    ['POST', undefined, 415],
    [undefined, undefined, 405],
  ] as const)
    t.equal(refusedHttp(method, type), status, `${method} ${type}`);
  t.equal(noSuchMethod.code, 12);
  t.end();
});
