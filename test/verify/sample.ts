import { createHash, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Batch, forge, freshKeys, type Keys, vkeyOf } from './forger.ts';

export const origin = 'e1.gateway.example.org';
export const start = Date.UTC(2025, 0, 2, 3, 4, 5);

/** An entry's bytes; members are given unsorted. */
export function entryBytes(entry: object): Buffer {
  return Buffer.from(JSON.stringify(sorted(entry)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

export const exchange = (number: number): string => `019f0000-0000-7000-8000-${`${number}`.padStart(12, '0')}`;
export const plan = 'ab'.repeat(32);
const asker = { id: 'agent', issuer: 'https://idp.example.org', groups: ['agents'], actors: [] };

export const decision = (number: number, members: object = {}) => ({
  kind: 'decision',
  exchange: exchange(number),
  principal: asker,
  policyDigest: 'cd'.repeat(32),
  verdict: 'allow',
  rule: 'reads',
  reason: '',
  bundle: '1',
  method: 'GET',
  authority: 'api.example.org',
  path: '/customers',
  route: '',
  commands: [],
  release: 'full',
  planDigest: plan,
  labels: [],
  ...members,
});

export const response = (number: number, seq: number, members: object = {}) => ({
  kind: 'response',
  exchange: exchange(number),
  status: 200,
  length: 12,
  outcome: 'complete',
  masks: [{ rule: 'ssn', field: '*.ssn', count: 3 }],
  decision: { origin, seq },
  planDigest: plan,
  ...members,
});

export const hold = (transition: string, version: number, members: object = {}) => ({
  kind: 'hold',
  exchange: exchange(3),
  principal: asker,
  hold: 'h_one',
  version,
  transition,
  ...members,
});

export const opened = hold('opened', 1, {
  requirements: [[{ group: 'dba', count: 1 }]],
  rule: 'delete',
  expires: start,
});
export const approved = hold('approved', 2, {
  approver: { id: 'ann', issuer: 'https://idp.example.org', person: 'ann@example.org' },
  group: 'dba',
  groups: ['dba'],
});
export const consumed = hold('consumed', 3, { stream: 's1' });

/** Six batches: two reads, a denial, a delete that was held and approved. */
export const story: readonly (readonly object[])[] = [
  [{ kind: 'boot', version: '0.1.0', droppedBytes: 0 }],
  [decision(1), decision(2, { verdict: 'deny', release: 'skip', planDigest: undefined })],
  [response(1, 1), opened],
  [approved, consumed, decision(3, { hold: 'h_one', method: 'DELETE' })],
  [response(3, 7)],
  [{ kind: 'heartbeat' }, { kind: 'close' }],
];

/** The story's entries with their common members, a millisecond apart. */
export function batchesOf(told: readonly (readonly object[])[], name: string = origin): Batch[] {
  let seq = 0;
  return told.map((entries) => ({
    entries: entries.map((entry) => {
      const place = { _type: 'https://countersign.dev/audit/entry/v1', origin: name, epoch: 1, seq, time: start + seq };
      seq += 1;
      return entryBytes({ ...place, ...entry });
    }),
  }));
}

/** Writes a log that is good in every respect, or as good as its batches are. */
export function writeLog(
  folder: string,
  batches: readonly Batch[] = batchesOf(story),
  keys: Keys = freshKeys(),
  name: string = origin,
  published: number = batches.length,
): { readonly keys: Keys; readonly pem: string; readonly checkpoint: string } {
  mkdirSync(folder, { recursive: true });
  writeIdentity(folder, keys, name);
  const pem = keys.signerPublic.export({ type: 'spki', format: 'pem' }).toString();
  const { checkpoint } = forge(folder, name, 1, batches, keys, published);
  return { keys, pem, checkpoint };
}

/** The five files that say who writes a log; `changes` lie in `writer.json`, which is signed all the same. */
export function writeIdentity(folder: string, keys: Keys, name: string = origin, changes: object = {}): void {
  const spki = keys.signerPublic.export({ type: 'spki', format: 'der' });
  const vkey = vkeyOf(name, keys);
  const writer = entryBytes({
    _type: 'https://countersign.dev/audit/writer/v1',
    anchors: [],
    created: start,
    epoch: 1,
    origin: name,
    signer: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', rawBytes: spki.toString('base64') },
    vkey,
    ...changes,
  });
  const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('base64');
  const logSpki = keys.logPublic.export({ type: 'spki', format: 'der' });
  const put = (file: string, content: string | Buffer): void => writeFileSync(join(folder, file), content);
  const pretty = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  put('writer.json', writer);
  put(
    'writer.bundle.json',
    pretty({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: sha256(spki) }, tlogEntries: [] },
      messageSignature: {
        messageDigest: { algorithm: 'SHA2_256', digest: sha256(writer) },
        signature: sign('sha256', writer, keys.signer).toString('base64'),
      },
    }),
  );
  put(
    'trusted_root.json',
    pretty({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [
        {
          baseUrl: `https://${name}`,
          hashAlgorithm: 'SHA2_256',
          publicKey: {
            rawBytes: logSpki.toString('base64'),
            keyDetails: 'PKIX_ED25519',
            validFor: { start: new Date(start).toISOString() },
          },
          logId: { keyId: sha256(Buffer.concat([Buffer.from(`${name}\n\u0001`), logSpki.subarray(12)])) },
        },
      ],
      certificateAuthorities: [],
      ctlogs: [],
      timestampAuthorities: [],
    }),
  );
  put('key.pub', keys.signerPublic.export({ type: 'spki', format: 'pem' }).toString());
  put('vkey', `${vkey}\n`);
}
