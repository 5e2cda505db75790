/**
 * A stand-in for the team's identity provider: one signing key, one JWKS file, tokens for the people and the agent of
 * the story. Nothing here is part of Countersign: an OIDC provider does this job in earnest.
 * By hand: `node_modules/.bin/node examples/quickstart/idp.ts FOLDER` writes jwks.json and everybody's token there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const issuer = 'https://idp.example.com';

/**
 * Two audiences: a token for the API, which Envoy verifies, is no good for approving; one for Countersign's admin
 * listener is no good for the API. So an agent that calls the API holds nothing that approves.
 */
export const audiences = { api: 'quickstart', approvals: 'countersign' } as const;

/** Claims of everybody in the story, by subject. `email` names the person: four eyes are counted by it. */
export const cast = {
  'reporting-agent': { kind: 'agent', owner: 'alice@example.com', groups: ['agents'] },
  alice: { kind: 'human', email: 'alice@example.com', groups: ['analysts', 'dba'] },
  bob: { kind: 'human', email: 'bob@example.com', groups: ['dba'] },
  carol: { kind: 'human', email: 'carol@example.com', groups: ['auditors'] },
} as const satisfies Readonly<Record<string, JWTPayload>>;

export type Member = keyof typeof cast;

export interface Idp {
  /** The public half, where Envoy and Countersign read it. */
  readonly jwks: string;
  /** A token of a member of the cast. Lives one hour unless `claims` has its own `exp` (seconds since 1970). */
  token(subject: Member, audience: keyof typeof audiences, claims?: JWTPayload): Promise<string>;
}

/** Makes a new ES256 key that never leaves this process, and writes `jwks.json` into `folder`. */
export async function openIdp(folder: string): Promise<Idp> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const header = { alg: 'ES256', kid: 'quickstart-1', typ: 'JWT' };
  const jwks = join(folder, 'jwks.json');
  const key = { ...(await exportJWK(publicKey)), kid: header.kid, alg: header.alg, use: 'sig' };
  await writeFile(jwks, JSON.stringify({ keys: [key] }));
  return {
    jwks,
    token(subject, audience, claims = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: issuer, sub: subject, aud: audiences[audience], iat: now, exp: now + 3600 };
      return new SignJWT({ ...payload, ...cast[subject], ...claims }).setProtectedHeader(header).sign(privateKey);
    },
  };
}

/** Everybody's token as a file 0600, good for twelve hours: the agent's for the API, the people's for approving. */
export async function writeTokens(idp: Idp, folder: string): Promise<void> {
  const exp = Math.floor(Date.now() / 1000) + 12 * 3600;
  const keep = async (name: string, token: Promise<string>) =>
    writeFile(join(folder, name), await token, { mode: 0o600 });
  await keep('agent', idp.token('reporting-agent', 'api', { exp }));
  for (const who of ['alice', 'bob', 'carol'] as const) await keep(who, idp.token(who, 'approvals', { exp }));
}

if (import.meta.main) {
  const folder = process.argv[2] ?? 'run';
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeTokens(await openIdp(folder), folder);
  process.stdout.write(`${folder}: jwks.json; tokens: agent (API), alice, bob, carol (approvals)\n`);
}
