import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { ASN1Obj } from '@sigstore/core';

/** Certificates of time-stamping authorities that the reader trusts: roots, or any below them. */
export interface StampRoots {
  readonly certificates: readonly X509Certificate[];
}

/**
 * What a time stamp comes to: a time (milliseconds since 1970), or why it proves none. `untrusted`: nothing is wrong
 * with it, but it is of an authority that the reader did not name.
 */
export type StampVerdict = { readonly time: number } | { readonly fault: string; readonly untrusted: boolean };

/** id-kp-timeStamping, RFC 3161 section 2.3. */
const timeStamping = '1.3.6.1.5.5.7.3.8';
const signedDataType = '1.2.840.113549.1.7.2';
const infoType = '1.2.840.113549.1.9.16.1.4';
const contentTypeAttribute = '1.2.840.113549.1.9.3';
const digestAttribute = '1.2.840.113549.1.9.4';

const digests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** By signature algorithm: its digest; `rsaEncryption` and `id-ecPublicKey` leave it to the digest algorithm beside it. */
const signatures: Readonly<Record<string, { readonly type: string; readonly digest: string | null }>> = {
  '1.2.840.113549.1.1.1': { type: 'rsa', digest: null },
  '1.2.840.113549.1.1.11': { type: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { type: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { type: 'rsa', digest: 'sha512' },
  '1.2.840.10045.2.1': { type: 'ec', digest: null },
  '1.2.840.10045.4.3.2': { type: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { type: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { type: 'ec', digest: 'sha512' },
};

const sequenceTag = 0x30;
const setTag = 0x31;

/** Certificates between a stamp's and a root at most. */
const chainLimit = 8;

/** Reads certificates out of PEM; null when there is none, or one can't be read. */
export function readStampRoots(pem: string): StampRoots | null {
  try {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    return blocks.length === 0 ? null : { certificates: blocks.map((block) => new X509Certificate(block)) };
  } catch {
    return null;
  }
}

/**
 * Checks an RFC 3161 answer over a message: granted, over this message, one signer (RFC 5652 section 5.4) whose
 * certificate is for time stamping and leads to a root at the time of the stamp.
 */
export function checkStamp(answer: Buffer, message: Buffer, roots: StampRoots): StampVerdict {
  try {
    return check(answer, message, roots);
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message, untrusted: error.untrusted };
    return { fault: 'it is no RFC 3161 time stamp', untrusted: false };
  }
}

class Fault extends Error {
  readonly untrusted: boolean;

  constructor(message: string, untrusted = false) {
    super(message);
    this.untrusted = untrusted;
  }
}

function must(good: boolean, message: string): void {
  if (!good) throw new Fault(message);
}

function check(answer: Buffer, message: Buffer, roots: StampRoots): StampVerdict {
  const root = ASN1Obj.parseBuffer(Buffer.from(answer));
  must(derOf(sequenceTag, root.value).equals(answer), 'it is not one DER value');
  const status = at(root, 0, 0).toInteger();
  must(status === 0n || status === 1n, 'the authority refused');
  const token = at(root, 1);
  must(at(token, 0).toOID() === signedDataType, 'it holds no signed data');
  const signed = at(token, 1, 0);
  must(at(signed, 2, 0).toOID() === infoType, 'what it signs is no time-stamp information');
  const octets = at(signed, 2, 1, 0);
  const info = at(octets, 0);
  checkImprint(at(info, 2), message);
  const time = timeOf(at(info, 4));
  const signers = signed.subs.at(-1);
  must(signers?.subs.length === 1, 'it has another number of signers than one');
  const certificates = signed.subs.filter(({ tag }) => tag.isContextSpecific(0)).flatMap(({ subs }) => subs);
  const embedded = certificates.flatMap((one) => certificateOf(derOf(sequenceTag, one.value)));
  const leaf = checkSigner(at(signed, signed.subs.length - 1, 0), octets.value, embedded, roots);
  checkChain(leaf, embedded, roots, new Date(time));
  return { time };
}

function checkImprint(imprint: ASN1Obj, message: Buffer): void {
  const digest = digests[at(imprint, 0, 0).toOID()];
  must(digest !== undefined, 'its imprint is made with a digest other than SHA-2');
  const found = createHash(digest ?? 'sha256')
    .update(message)
    .digest();
  must(at(imprint, 1).value.equals(found), 'it is over something else');
}

/** GeneralizedTime in UTC with any fraction (RFC 3161 section 2.4.2). */
function timeOf(value: ASN1Obj): number {
  const text = value.value.toString('latin1');
  const [, year, month, day, hour, minute, second, fraction = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`);
  must(value.tag.isGeneralizedTime() && Number.isFinite(time), 'its time is no time');
  return time;
}

/** The certificate whose key signed the attributes, which name the content's type and digest. */
function checkSigner(
  signer: ASN1Obj,
  content: Buffer,
  embedded: readonly X509Certificate[],
  roots: StampRoots,
): X509Certificate {
  const attributes = signer.subs.find(({ tag }) => tag.isContextSpecific(0));
  if (attributes === undefined) throw new Fault('its signer signs no attributes');
  const digest = digests[at(signer, 2, 0).toOID()];
  if (digest === undefined) throw new Fault('it is signed with a digest other than SHA-2');
  must(attribute(attributes, contentTypeAttribute).toOID() === infoType, 'its signer signs another content');
  must(
    attribute(attributes, digestAttribute).value.equals(createHash(digest).update(content).digest()),
    'its signer signs another time or message',
  );
  const algorithm = signatures[at(signer, 4, 0).toOID()];
  if (algorithm === undefined) throw new Fault('its signature is neither RSA (PKCS #1) nor ECDSA with SHA-2');
  // Signed as the SET that it is, not under its implicit tag (RFC 5652 section 5.4).
  const encoded = derOf(setTag, attributes.value);
  const signature = at(signer, 5).value;
  const signedBy = (key: KeyObject) =>
    key.asymmetricKeyType === algorithm.type && verify(algorithm.digest ?? digest, encoded, key, signature);
  const leaf = [...embedded, ...roots.certificates].find(({ publicKey }) => signedBy(publicKey));
  if (leaf === undefined)
    throw new Fault('no certificate in it or among those given is its signer', embedded.length === 0);
  must(leaf.keyUsage?.includes(timeStamping) ?? false, "its signer's certificate is not for time stamping");
  return leaf;
}

/** From the signer's certificate upwards until one that is trusted; all valid at the time of the stamp. */
function checkChain(leaf: X509Certificate, embedded: readonly X509Certificate[], roots: StampRoots, time: Date): void {
  let current = leaf;
  for (let depth = 0; depth < chainLimit; depth += 1) {
    const { validFromDate, validToDate } = current;
    must(validFromDate <= time && time <= validToDate, 'a certificate of its chain was not valid at its time');
    if (roots.certificates.some(({ raw }) => raw.equals(current.raw))) return;
    const issued = current;
    const issuer = [...roots.certificates, ...embedded].find(
      (one) => one.ca && issued.checkIssued(one) && issued.verify(one.publicKey),
    );
    if (issuer === undefined || issuer.raw.equals(current.raw)) break;
    current = issuer;
  }
  throw new Fault('its chain ends at no root that was given', true);
}

/** A value's bytes as they were, under a tag: encoding its parts again could change what only looks like a part. */
function derOf(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function certificateOf(der: Buffer): X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    return [];
  }
}

/** The one value of a signed attribute. */
function attribute(attributes: ASN1Obj, type: string): ASN1Obj {
  const found = attributes.subs.filter(({ subs }) => subs[0]?.tag.isOID() && subs[0].toOID() === type);
  const [one] = found;
  if (one === undefined || found.length !== 1) throw new Fault('its signer signs an attribute twice, or not at all');
  return at(one, 1, 0);
}

function at(value: ASN1Obj, ...path: readonly number[]): ASN1Obj {
  let current = value;
  for (const index of path) {
    const sub = current.subs[index];
    if (sub === undefined) throw new Fault('a part of it is missing');
    current = sub;
  }
  return current;
}
