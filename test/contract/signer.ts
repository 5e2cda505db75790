/** What every adapter of the Signer port promises. */
import { createHash, verify } from 'node:crypto';
import type { Test } from 'tap';
import { fingerprint, type Signer, spkiOf } from '../../plugin/audit/signer.ts';

/** Runs the contract; `open` opens the same key each time. */
export async function signerContract(t: Test, open: () => Promise<Signer> | Signer): Promise<void> {
  await t.test('signs the message itself, hashed once, in DER', async (t) => {
    const signer = await open();
    for (const message of [Buffer.alloc(0), Buffer.from('DSSEv1'), Buffer.alloc(100_000, 7)]) {
      const signature = await signer.sign(message);
      t.ok(verify('sha256', message, signer.publicKey, signature), `${message.length} bytes`);
      t.equal(signature[0], 0x30, 'a DER sequence');
      t.equal(signature[1], signature.length - 2, 'of exactly its own length');
    }
    const signature = await signer.sign(Buffer.from('one'));
    t.notOk(verify('sha256', Buffer.from('other'), signer.publicKey, signature));
  });

  await t.test('has a P-256 key, the same whenever it is opened', async (t) => {
    const [one, again] = [await open(), await open()];
    t.equal(one.publicKey.type, 'public');
    t.equal(one.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    t.ok(spkiOf(one).equals(spkiOf(again)));
    t.ok(fingerprint(one).equals(createHash('sha256').update(spkiOf(one)).digest()));
  });
}
