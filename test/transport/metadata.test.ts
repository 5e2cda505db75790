import t from 'tap';
import { deadlineOf, encodeMessage, metadataOf } from '../../plugin/transport/metadata.ts';

t.test('grpc-timeout is a moment', async (t) => {
  for (const [timeout, ms] of [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['250m', 250],
    ['1000u', 1],
    ['5000000n', 5],
    ['99999999H', 99_999_999 * 3_600_000],
  ] as const)
    t.equal(Math.round((deadlineOf(timeout, 1000) ?? 0) - 1000), ms, timeout);
  for (const none of [undefined, '', '1', 'S', '1s', '-1S', '1.5S', '123456789S', '1S ', 'constructor'])
    t.equal(deadlineOf(none, 1000), null);
});

t.test('metadata has no pseudo headers and joins repeated ones', async (t) => {
  const metadata = metadataOf({ ':path': '/x', 'x-a': 'b, c', 'set-cookie': ['a', 'b'], gone: undefined });
  t.same({ ...metadata }, { 'x-a': 'b, c', 'set-cookie': 'a, b' });
  t.equal(metadata.constructor, undefined);
});

t.test('grpc-message is printable ASCII without a bare percent sign', async (t) => {
  t.equal(encodeMessage('plain ~ text'), 'plain ~ text');
  t.equal(encodeMessage('100%\r\nsüß'), '100%25%0D%0As%C3%BC%C3%9F');
});
