import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import t from 'tap';
import { type Batch, encoding, leafBody, statementOf } from '../../plugin/audit/batch.ts';
import { faultOf, openChain, timeOf } from '../../plugin/audit/chain.ts';
import { leafHash } from '../../plugin/audit/merkle.ts';
import type { BatchRecord } from '../../plugin/audit/segment.ts';
import { spkiOf } from '../../plugin/audit/signer.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const entries = [Buffer.from('{"time":5}'), Buffer.from('{"time":6}')];
const digests = entries.map((it) => createHash('sha256').update(it).digest('hex'));
const place = { segment: 'segments/0000000000000000.seg', offset: 16, length: 100 };

const chain = () => openChain('e1.gate.audit.example', 1, { publicKey });

function signed(batch: Batch, key = privateKey): BatchRecord {
  const statement = statementOf(batch);
  return { statement, signature: sign('sha256', encoding(statement), key), entries };
}

t.test('a batch follows from the one before it', async (t) => {
  const log = chain();
  const first = signed(log.next(digests));
  t.equal(faultOf(log, first, { publicKey }), null);
  log.extend(first, place, 6);
  const body = leafBody(encoding(first.statement), first.signature, spkiOf({ publicKey }));
  t.ok(log.body(0).equals(body));
  t.match(log, { nextSeq: 2, lastTime: 6 });
  t.same(log.pieces, [{ ...place, batch: 0, firstSeq: 0, count: 2, previous: null }]);
  t.same(log.next([]), {
    batch: 1,
    epoch: 1,
    firstSeq: 2,
    origin: 'e1.gate.audit.example',
    prevBatch: leafHash(body),
    digests: [],
  });
  t.not(faultOf(log, first, { publicKey }), null, 'the same batch does not follow itself');
});

const lies: readonly [string, Partial<Batch>][] = [
  ['another batch', { batch: 1 }],
  ['another epoch', { epoch: 2 }],
  ['another sequence number', { firstSeq: 1 }],
  ['another log', { origin: 'e1.other.audit.example' }],
  ['another predecessor', { prevBatch: Buffer.alloc(32) }],
  ['other entries', { digests: [...digests].reverse() }],
  ['fewer entries', { digests: digests.slice(1) }],
];

t.test('a lie is found also when it is signed', async (t) => {
  for (const [what, lie] of lies)
    t.match(faultOf(chain(), signed({ ...chain().next(digests), ...lie }), { publicKey }), /statement/, what);
  t.match(faultOf(chain(), signed(chain().next(digests), stranger), { publicKey }), /signature/);
  t.match(faultOf(chain(), { ...signed(chain().next([])), entries: [] }, { publicKey }), /without entries/);
});

t.test('leaf bodies are kept until the tile that they are in is published and full', async (t) => {
  const log = chain();
  const record = signed(log.next(digests));
  const grow = (to: number): void => {
    while (log.tree.size < to) log.extend(record, place, 0);
  };
  const kept = (): number[] =>
    [0, 255, 256, 511, 512, 599].filter((index) => {
      try {
        return log.body(index).length > 0;
      } catch {
        return false;
      }
    });
  grow(300);
  log.release(255);
  t.same(kept(), [0, 255, 256]);
  log.release(256);
  t.same(kept(), [256]);
  grow(600);
  log.release(300);
  t.same(kept(), [256, 511, 512, 599]);
  log.release(100);
  t.same(kept(), [256, 511, 512, 599], 'what is released stays so');
});

t.test('what was published before a log is read back is never kept', async (t) => {
  const log = chain();
  log.release(257);
  const record = signed(log.next(digests));
  for (let size = 0; size < 258; size += 1) log.extend(record, place, 0);
  t.throws(() => log.body(255), RangeError);
  t.ok(log.body(256).equals(log.body(257)));
});

t.test('where batches are is kept by the MiB, not by the batch', async (t) => {
  const log = chain();
  const record = signed(log.next(digests));
  const length = 64 * 1024;
  for (let at = 0; at < 40; at += 1) log.extend(record, { ...place, offset: 16 + at * length, length }, 0);
  log.extend(record, { segment: 'segments/0000000000000040.seg', offset: 16, length }, 0);
  t.same(
    log.pieces.map(({ offset, length, batch, firstSeq, count }) => [offset, length, batch, firstSeq, count]),
    [
      [16, 16 * length, 0, 0, 32],
      [16 + 16 * length, 16 * length, 16, 32, 32],
      [16 + 32 * length, 8 * length, 32, 64, 16],
      [16, length, 40, 80, 2],
    ],
  );
  t.ok(log.pieces[1]?.previous?.equals(log.tree.hashes(0, 15, 16)[0] ?? Buffer.alloc(0)));
});

t.test('an entry says its time', async (t) => t.equal(timeOf(Buffer.from('{"kind":"boot","time":17}')), 17));
