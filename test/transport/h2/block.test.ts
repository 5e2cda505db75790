import t from 'tap';
import { needsStream, openBlockReader, priorityLength, unpadded } from '../../../plugin/transport/h2/block.ts';
import { errorCode, flag, frameType } from '../../../plugin/transport/h2/frames.ts';

const bytes = (text: string) => Buffer.from(text);

t.test('a block is whole with END_HEADERS, in one frame or in several', (t) => {
  const reader = openBlockReader(100);
  t.same(reader.headers(flag.endHeaders | flag.endStream, 1, bytes('ab')), {
    stream: 1,
    endStream: true,
    bytes: bytes('ab'),
  });
  t.equal(reader.open, null);
  t.equal(reader.headers(0, 3, bytes('ab')), null);
  t.equal(reader.open, 3);
  t.equal(reader.continuation(0, 3, bytes('cd')), null);
  t.same(reader.continuation(flag.endHeaders, 3, bytes('ef')), { stream: 3, endStream: false, bytes: bytes('abcdef') });
  t.equal(reader.open, null);
  t.end();
});

t.test('a continuation of nothing, or of another stream, breaks the connection', (t) => {
  const reader = openBlockReader(100);
  t.equal(reader.continuation(flag.endHeaders, 1, bytes('a')), errorCode.protocol);
  reader.headers(0, 1, bytes('a'));
  t.equal(reader.continuation(flag.endHeaders, 3, bytes('a')), errorCode.protocol);
  t.end();
});

t.test('a block without an end stops at the bound', (t) => {
  const reader = openBlockReader(10);
  reader.headers(0, 1, bytes('12345'));
  t.equal(reader.continuation(0, 1, bytes('12345')), null);
  t.equal(reader.continuation(0, 1, bytes('1')), errorCode.enhanceYourCalm);
  t.end();
});

t.test('padding is taken off, and more of it than there is payload is an error', (t) => {
  t.same(unpadded(0, bytes('abc')), bytes('abc'));
  t.same(unpadded(flag.padded, Buffer.from([2, 97, 0, 0])), bytes('a'));
  t.same(unpadded(flag.padded, Buffer.from([3, 97, 0, 0])), bytes(''));
  t.equal(unpadded(flag.padded, Buffer.from([4, 97, 0, 0])), null);
  t.equal(unpadded(flag.padded, bytes('')), null);
  t.equal(priorityLength, 5);
  t.notOk(needsStream.has(frameType.ping));
  t.ok(needsStream.has(frameType.data));
  t.end();
});
