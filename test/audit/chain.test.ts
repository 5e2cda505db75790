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
  const body = log.extend(first, place, 6);
  t.ok(body.equals(leafBody(encoding(first.statement), first.signature, spkiOf({ publicKey }))));
  t.match(log, { nextSeq: 2, lastTime: 6, tail: [body] });
  t.same(log.batches, [{ ...place, firstSeq: 0, count: 2 }]);
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

t.test('the tail is the last tile that is not full', async (t) => {
  const log = chain();
  const record = signed(log.next(digests));
  for (let size = 1; size <= 513; size += 1) {
    log.extend(record, place, 0);
    if (log.tail.length !== ((size - 1) % 256) + 1) t.fail(`at ${size}`);
  }
});

t.test('an entry says its time', async (t) => t.equal(timeOf(Buffer.from('{"kind":"boot","time":17}')), 17));
