/** Time-stamping authorities for tests: `openssl ts` behind a small HTTP server, and sigstore's own where it is there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A running authority. */
export interface Authority {
  readonly url: string;
  /** PEM of its root. */
  readonly root: string;
  /** Requests so far. */
  readonly asked: () => number;
  /** From now on answers are changed by this. */
  answer(change: (stamp: Buffer) => Buffer | number): void;
  close(): void;
}

/** Why `openssl ts` can not be used; false where it can. */
export const noOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed: apt-get install openssl';

const config = `
[ tsa ]
default_tsa = settings
[ settings ]
dir = .
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ leaf ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ plain ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
`;

/** Key algorithms for `openssl req -newkey`. */
const keys = { rsa: ['rsa:2048'], ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] } as const;

/** Makes root and signer in a folder. `purpose` `plain` is a certificate that is not for time stamping. */
export function makeAuthority(
  folder: string,
  algorithm: keyof typeof keys,
  purpose: 'leaf' | 'plain' = 'leaf',
): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ts.cnf'), config);
  writeFileSync(join(folder, 'serial'), '01\n');
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const request = (name: string, subject: string) =>
    openssl(
      'req',
      '-new',
      '-newkey',
      ...keys[algorithm],
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      subject,
    );
  request('root', '/CN=Test TSA root');
  openssl(
    'x509',
    '-req',
    '-in',
    'root.csr',
    '-signkey',
    'root.key',
    '-days',
    '30',
    '-extfile',
    'ts.cnf',
    '-extensions',
    'ca',
    '-out',
    'root.pem',
  );
  request('tsa', '/CN=Test TSA');
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'root.pem',
    '-CAkey',
    'root.key',
    '-set_serial',
    '2',
    '-days',
    '30',
    '-extfile',
    'ts.cnf',
    '-extensions',
    purpose,
    '-out',
    'tsa.pem',
  );
  return readFileSync(join(folder, 'root.pem'), 'utf8');
}

/** One answer of the authority in a folder. */
export function stamp(folder: string, request: Buffer): Buffer {
  writeFileSync(join(folder, 'request.tsq'), request);
  const args = [
    'ts',
    '-reply',
    '-config',
    'ts.cnf',
    '-queryfile',
    'request.tsq',
    '-signer',
    'tsa.pem',
    '-inkey',
    'tsa.key',
    '-chain',
    'root.pem',
    '-out',
    'answer.tsr',
  ];
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  return readFileSync(join(folder, 'answer.tsr'));
}

/** Starts the authority of a folder on loopback. */
export async function openAuthority(folder: string, algorithm: keyof typeof keys = 'rsa'): Promise<Authority> {
  const root = makeAuthority(folder, algorithm);
  let asked = 0;
  let change: (stamp: Buffer) => Buffer | number = (bytes) => bytes;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    asked += 1;
    const answer = change(stamp(folder, Buffer.concat(chunks)));
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsr`,
    root,
    asked: () => asked,
    answer(next) {
      change = next;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
