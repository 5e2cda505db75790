import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import type { Anchor, Head } from './anchors.ts';
import { consistencyProof } from './consistency.ts';
import { post } from './post.ts';
import type { EntryStore } from './store.ts';

/** A witness (C2SP tlog-witness): signs only what extends what it signed before. */
export interface Witness {
  /** Where `add-checkpoint` is, with or without a slash at its end. */
  readonly url: string;
  /** Its verifier key: `name+hint+base64(04 || key)`. */
  readonly vkey: string;
}

/** A witness's key as its verifier key says it. */
export interface WitnessKey {
  readonly name: string;
  /** The first four bytes of its signature lines. */
  readonly hint: Buffer;
  readonly key: KeyObject;
}

/** C2SP tlog-cosignature: `cosignature/v1` with Ed25519. */
const cosignatureV1 = 4;
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Reads a witness's verifier key; null when it is none. */
export function readWitnessKey(vkey: string): WitnessKey | null {
  const [, name, hint, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  if (name === undefined || bytes.length !== 33 || bytes[0] !== cosignatureV1) return null;
  if (bytes.toString('base64') !== encoded) return null;
  const id = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);
  if (id.toString('hex') !== hint) return null;
  const spki = Buffer.concat([spkiPrefix, bytes.subarray(1)]);
  return { name, hint: id, key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** The line of an answer that is the witness's cosignature of the note; null when none is. */
export function cosignatureIn(answer: string, note: string, { name, hint, key }: WitnessKey): string | null {
  const body = note.slice(0, note.indexOf('\n\n') + 1);
  for (const line of answer.split('\n')) {
    const [dash, signer, encoded = ''] = line.split(' ');
    const bytes = Buffer.from(encoded, 'base64');
    if (dash !== '\u2014' || signer !== name || bytes.length !== 4 + 8 + 64 || !bytes.subarray(0, 4).equals(hint))
      continue;
    const message = `cosignature/v1\ntime ${bytes.readBigUInt64BE(4)}\n${body}`;
    if (verify(null, Buffer.from(message), key, bytes.subarray(12))) return `${line}\n`;
  }
  return null;
}

/** The published tiles, of which proofs are made. */
type Tiles = Pick<EntryStore, 'list' | 'read'>;

/**
 * Cosignatures of witnesses, as lines behind the log's own signature: into `cosigned` of the anchor, and into the
 * published checkpoint while it is the newest. One witness that answers is enough; each that does not is told to `onFailed`.
 * @throws CountersignError `config_invalid` for a `vkey` that is none
 */
export function witnessAnchor(
  store: Tiles,
  witnesses: readonly Witness[],
  onFailed: (name: string, error: unknown) => void,
): Anchor {
  const asked = witnesses.map((witness) => ({ url: witness.url, cosign: openWitness(store, witness) }));
  return {
    name: 'witness',
    async anchor(head, signal) {
      const answers = await Promise.allSettled(asked.map(({ cosign }) => cosign(head, signal)));
      const lines = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (lines.length === 0) throw answers.find((answer) => answer.status === 'rejected')?.reason;
      for (const [at, answer] of answers.entries())
        if (answer.status === 'rejected') onFailed(asked[at]?.url ?? '', answer.reason);
      const note = head.note + lines.join('');
      await head.republish(note);
      return { cosigned: Buffer.from(note) };
    },
  };
}

/** Remembers up to where the witness knows the log: it says so itself when it knows another size (409). */
function openWitness(store: Tiles, { url, vkey }: Witness): (head: Head, signal: AbortSignal) => Promise<string> {
  const key = readWitnessKey(vkey);
  if (key === null)
    throw new CountersignError(
      'config_invalid',
      `the witness ${url}: expected a vkey of the form name+hint+base64 with an Ed25519 witness key (C2SP tlog-cosignature)`,
    );
  const target = new URL('add-checkpoint', url.endsWith('/') ? url : `${url}/`).href;
  let known = 0;

  const ask = async (head: Head, signal: AbortSignal) =>
    post(target, 'text/plain', requestOf(head, known, await consistencyProof(store, known, head.size)), signal);

  return async (head, signal) => {
    let answer = await ask(head, signal);
    const size = answer.body.toString('utf8').trim();
    if (answer.status === 409 && /^(0|[1-9][0-9]{0,15})$/.test(size)) {
      if (Number(size) > head.size)
        throw new Error(
          `the witness has seen ${size} batches, the log has ${head.size}: it was rolled back, or forked`,
        );
      known = Number(size);
      answer = await ask(head, signal);
    }
    if (answer.status !== 200) throw new Error(`the witness answered ${answer.status}`);
    const line = cosignatureIn(answer.body.toString('utf8'), head.note, key);
    if (line === null) throw new Error('the witness answered without a cosignature of its own over the checkpoint');
    known = head.size;
    return line;
  };
}

/** C2SP tlog-witness: old size, consistency proof, an empty line, the checkpoint. */
function requestOf({ note }: Head, old: number, proof: readonly Buffer[]): Buffer {
  return Buffer.from(`old ${old}\n${proof.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${note}`);
}
