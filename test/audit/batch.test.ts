import { createHash, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { encoding, envelopeOf, leafBody, statementOf } from '../../plugin/audit/batch.ts';

const digests = ['a', 'b'].map((it) => createHash('sha256').update(it).digest('hex'));
const batch = { batch: 3, epoch: 0, firstSeq: 9, origin: 'e0.gate.audit.example', digests };

t.test('a statement is in-toto, its members in one order', async (t) => {
  const text = statementOf({ ...batch, prevBatch: Buffer.alloc(32, 1) }).toString();
  const expected = {
    _type: 'https://in-toto.io/Statement/v1',
    predicate: {
      batch: 3,
      count: 2,
      epoch: 0,
      firstSeq: 9,
      origin: 'e0.gate.audit.example',
      prevBatch: '01'.repeat(32),
    },
    predicateType: 'https://countersign.dev/audit/batch/v1',
    subject: [
      { digest: { sha256: digests[0] }, name: '9' },
      { digest: { sha256: digests[1] }, name: '10' },
    ],
  };
  t.equal(text, JSON.stringify(expected));
  t.match(statementOf({ ...batch, prevBatch: null }).toString(), '"prevBatch":null}');
});

t.test('what is signed is the DSSE pre-authentication encoding', async (t) => {
  t.equal(encoding(Buffer.from('{"é":1}')).toString(), 'DSSEv1 28 application/vnd.in-toto+json 8 {"é":1}');
  t.same(envelopeOf(Buffer.from('{}'), Buffer.from([0, 255])), {
    payload: 'e30=',
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ keyid: '', sig: 'AP8=' }],
  });
});

t.test('a leaf is a hashedrekord 0.0.2 over that encoding', async (t) => {
  const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
  const encoded = encoding(Buffer.from('{}'));
  const expected = {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: createHash('sha256').update(encoded).digest('base64') },
        signature: {
          content: 'MAA=',
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: spki.toString('base64') } },
        },
      },
    },
  };
  t.equal(leafBody(encoded, Buffer.from([0x30, 0]), spki).toString(), JSON.stringify(expected));
});
