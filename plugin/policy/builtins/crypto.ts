import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Builtin, stringOperand } from './operand.ts';

function hash(algorithm: string): Builtin {
  return ([text]) => createHash(algorithm).update(stringOperand(text)).digest('hex');
}

function hmac(algorithm: string): Builtin {
  return ([text, key]) => createHmac(algorithm, stringOperand(key)).update(stringOperand(text)).digest('hex');
}

/** `crypto.*`: digests and MACs as lower-case hex. */
export const cryptography = {
  'crypto.md5': hash('md5'),
  'crypto.sha1': hash('sha1'),
  'crypto.sha256': hash('sha256'),
  'crypto.hmac.md5': hmac('md5'),
  'crypto.hmac.sha1': hmac('sha1'),
  'crypto.hmac.sha256': hmac('sha256'),
  'crypto.hmac.sha512': hmac('sha512'),
  'crypto.hmac.equal': ([one, other]) => {
    const a = Buffer.from(stringOperand(one));
    const b = Buffer.from(stringOperand(other));
    return a.length === b.length && timingSafeEqual(a, b);
  },
} satisfies Record<string, Builtin>;
