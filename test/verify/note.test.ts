import t from 'tap';
import { readCheckpoint, readVkey, vkeyText } from '../../plugin/verify/note.ts';
import { freshKeys, signNote, vkeyOf } from './forger.ts';

const origin = 'e1.gateway.example.org';
const keys = freshKeys();
const root = Buffer.alloc(32, 7);
const text = signNote(origin, 42, root, keys);

t.test('a verifier key has one form', async (t) => {
  const vkey = vkeyOf(origin, keys);
  const key = readVkey(vkey);
  t.equal(key && vkeyText(key), vkey);
  for (let at = 0; at < vkey.length; at += 1) {
    const flipped = Buffer.from(vkey);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
    const read = readVkey(flipped.toString('latin1'));
    t.ok(read === null, `byte ${at}`);
  }
});

t.test("a checkpoint is read under the log's key", async (t) => {
  const key = readVkey(vkeyOf(origin, keys));
  if (key === null) return t.fail('no key');
  t.same(readCheckpoint(text, key), { origin, size: 42, root });
  t.same(readCheckpoint(`${text}— witness.example AAAA\n`, key), { origin, size: 42, root }, 'witnesses may follow');
  for (const [wrong, reason] of [
    [text.replace('42', '43'), 'signature'],
    [text.replace('42', '042'), 'malformed'],
    [text.replace('42', '-1'), 'malformed'],
    [text.replace(origin, 'e2.gateway.example.org'), 'origin'],
    [text.slice(0, -1), 'malformed'],
    [`${text}\n`, 'malformed'],
    [signNote(origin, 42, root, freshKeys()), 'signature'],
    ['', 'malformed'],
  ] as const)
    t.match(readCheckpoint(wrong, key), { reason });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    t.match(readCheckpoint(flipped.toString(), key), { reason: String }, `byte ${at}`);
  }
});
