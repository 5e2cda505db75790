import { createHmac, timingSafeEqual } from 'node:crypto';
import { askerKey, type HoldRecord, keyOf } from './record.ts';
import type { HoldEvent, Names } from './store.ts';

/** What only this service can make: the names under which the store keeps rows, and the seal of its outbox. */
export interface Secret {
  /** Names by which rows are found. Without the secret nobody can try which request or person a row is of. */
  names(hold: Pick<HoldRecord, 'digest' | 'asker' | 'shape' | 'grantKey'>): Names;
  /** One value under that kind of name. */
  name(kind: keyof Names, value: string): string;
  /** Seal of an event in the outbox: a row that somebody else wrote has none, and is not signed. */
  seal(event: HoldEvent): string;
  isSealed(event: HoldEvent, seal: string): boolean;
}

/** @param key 32 bytes or more, known to this service alone */
export function openSecret(key: Buffer): Secret {
  const mac = (domain: string, text: string) =>
    createHmac('sha256', key).update(`countersign.dev/hold/${domain}/v1\0`).update(text).digest('hex');
  const name: Secret['name'] = (kind, value) => mac(`name/${kind}`, value);
  const seal = ({ committed, ...event }: HoldEvent) => {
    const fields = Object.keys(committed).sort();
    const values = fields.map((field) => [field, Buffer.from(committed[field] ?? []).toString('base64')]);
    return mac('outbox', JSON.stringify([event, values]));
  };
  return {
    names: (hold) => ({
      key: name('key', keyOf(hold)),
      asker: name('asker', askerKey(hold.asker)),
      shape: name('shape', hold.shape),
      grant: hold.grantKey === null ? null : name('grant', hold.grantKey),
    }),
    name,
    seal,
    isSealed(event, given) {
      const [own, other] = [Buffer.from(seal(event)), Buffer.from(given)];
      return own.length === other.length && timingSafeEqual(own, other);
    },
  };
}
