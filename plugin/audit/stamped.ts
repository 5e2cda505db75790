import { X509Certificate } from 'node:crypto';
import { ASN1Obj } from '@sigstore/core';
import type { EntryStore } from './store.ts';

/** A stamped checkpoint of a log's folder. */
export interface Stamped {
  readonly checkpoint: Buffer;
  readonly bundle: Buffer;
  /** RFC 3161 answers. */
  readonly stamps: readonly Buffer[];
}

/** The smallest stamped checkpoint that covers a batch: the tightest time for it. Null where there is none. */
export async function firstAnchor(
  store: Pick<EntryStore, 'folders' | 'list' | 'read'>,
  batch: number,
): Promise<Stamped | null> {
  const sizes = (await store.folders('anchors')).filter((name) => /^[1-9][0-9]{0,15}$/.test(name)).map(Number);
  for (const size of sizes.filter((size) => size > batch).sort((one, other) => one - other)) {
    const files = await store.list(`anchors/${size}`);
    if (!files.includes('checkpoint') || !files.includes('checkpoint.bundle.json')) continue;
    const bundle = await store.read(`anchors/${size}/checkpoint.bundle.json`);
    const stamps = [...bundle.toString('utf8').matchAll(/"signedTimestamp": "([A-Za-z0-9+/=]+)"/g)];
    return {
      checkpoint: await store.read(`anchors/${size}/checkpoint`),
      bundle,
      stamps: stamps.map(([, stamp = '']) => Buffer.from(stamp, 'base64')),
    };
  }
  return null;
}

/**
 * A trusted root that names the authority of the stamps too: its certificate first, then those above it, as the Sigstore
 * format wants them. `roots`: PEM.
 */
export function withAuthority(trustedRoot: Buffer, stamps: readonly Buffer[], roots: string): Buffer {
  const root = JSON.parse(trustedRoot.toString('utf8')) as { timestampAuthorities: object[] };
  const given = (roots.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  const chains = stamps
    .map((stamp) => chainOf([...certificatesIn(stamp), ...given]))
    .filter(({ length }) => length > 1);
  root.timestampAuthorities = chains.map((chain) => ({
    subject: { organization: '', commonName: chain.at(-1)?.subject.split('\n').at(-1)?.replace(/^CN=/, '') ?? '' },
    uri: '',
    certChain: { certificates: chain.map(({ raw }) => ({ rawBytes: raw.toString('base64') })) },
    validFor: { start: chain[0]?.validFromDate.toISOString(), end: chain[0]?.validToDate.toISOString() },
  }));
  return Buffer.from(`${JSON.stringify(root, null, 2)}\n`);
}

/** From the certificate that is for time stamping (RFC 3161 section 2.3) upwards. */
function chainOf(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = certificates.find(({ keyUsage }) => keyUsage?.includes('1.3.6.1.5.5.7.3.8'));
  while (next !== undefined && !chain.some(({ raw }) => next?.raw.equals(raw))) {
    const issued = next;
    chain.push(issued);
    next = certificates.find((one) => one.ca && issued.checkIssued(one) && issued.verify(one.publicKey));
  }
  return chain;
}

/** Certificates of an RFC 3161 answer; none when it holds none, or is no answer. */
function certificatesIn(stamp: Buffer): readonly X509Certificate[] {
  try {
    const signed = ASN1Obj.parseBuffer(Buffer.from(stamp)).subs[1]?.subs[1]?.subs[0];
    const found = signed?.subs.filter(({ tag }) => tag.isContextSpecific(0)).flatMap(({ subs }) => subs) ?? [];
    return found.map((one) => new X509Certificate(one.toDER()));
  } catch {
    return [];
  }
}
