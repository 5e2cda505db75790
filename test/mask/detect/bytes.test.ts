import t from 'tap';
import {
  after,
  alphanumeric,
  ascii,
  base64url,
  digit,
  isKind,
  local,
  past,
  word,
} from '../../../plugin/mask/detect/bytes.ts';

const text = Buffer.from('ab9_é-.');

t.test('kinds of bytes', async (t) => {
  t.ok(isKind(text, 2, digit));
  t.notOk(isKind(text, 1, digit));
  t.ok(isKind(text, 3, word));
  t.notOk(isKind(text, 3, alphanumeric));
  t.ok(isKind(text, 4, word), 'beyond ASCII');
  t.ok(isKind(text, 6, base64url));
  t.ok(isKind(text, 7, local));
  t.notOk(isKind(text, 7, word));
  t.notOk(isKind(text, -1, word), 'outside');
  t.notOk(isKind(text, 99, word), 'outside');
});

t.test('stretches', async (t) => {
  t.equal(past(text, 0, alphanumeric), 3);
  t.equal(past(text, 6, digit), 6);
  t.equal(after(text, 1, 'b9'), 3);
  t.equal(after(text, 1, 'bb'), -1);
  t.equal(after(text, 6, '-.x'), -1);
  t.equal(ascii(text, 0, 3), 'ab9');
});
