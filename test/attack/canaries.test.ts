/** What a caller sent or got is in no file but the declared erasable stores, and after an erasure in none (threat 19). */
import { createHash, hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { erase } from '../../plugin/audit/erase.ts';
import { type Log, openLog } from '../../plugin/audit/log.ts';
import { decisionEvent, responseEvent } from '../../plugin/ledger.ts';
import { searchEntries } from '../../plugin/verify/search.ts';
import { partsWithOpenings } from '../audit/parts.ts';
import { exchange } from '../verify/sample.ts';

const token = 'eyJhbGciOiJFUzI1NiJ9.canary-token-7d1f';
const [email, ssn] = ['canary.person@example.com', '078-05-1120'];
const canaries = [token, email, ssn];
const plan = 'ab'.repeat(32);

/** A canary as it may stand in a file. */
const forms = (canary: string): Buffer[] => {
  const bytes = Buffer.from(canary);
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    // Of the three phases that base64 has, the letters that do not depend on what stands beside.
    ...[0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -4));
    }),
    createHash('sha256').update(bytes).digest(),
    Buffer.from(createHash('sha256').update(bytes).digest('hex')),
    Buffer.from(createHash('sha256').update(bytes).digest('base64url')),
  ];
};

function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

/** `file: canary` for each file below a folder that has one. */
function found(folder: string, but: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !but.test(item.name))
    .flatMap((item) => {
      const bytes = unzipped(readFileSync(join(item.parentPath, item.name)));
      return canaries
        .filter((canary) => forms(canary).some((form) => bytes.includes(form)))
        .map((canary) => `${item.name}: ${canary}`);
    });
}

async function exchangeOf(log: Log, number: number): Promise<void> {
  const body = Buffer.from(JSON.stringify({ email, ssn, token }));
  const { origin, seq } = await log.append(
    decisionEvent(
      {
        exchange: exchange(number),
        request: {
          ...{ id: '1', method: 'POST', scheme: 'https', authority: 'api.example.com', protocol: 'HTTP/1.1' },
          path: `/search?ssn=${ssn}&mail=${email}&key=${token}`,
          headers: [
            ['authorization', `Bearer ${token}`],
            ['x-person', email],
          ],
          ...{ body, extensions: {}, jwt: null, peer: '', source: '10.0.0.1:1', check: {} },
        } as never,
        principal: {
          ...{ id: 'agent', issuer: 'i', kind: 'agent', groups: [], actors: [], method: 'jwt', person: null },
          ...{ owner: null, expires: null, claims: {} },
        },
        ...{ commands: [], commandText: `SELECT 1 WHERE ssn = '${ssn}'`, rule: 'r', reason: '', bundle: '' },
        ...{ policyDigest: null, release: 'full', planDigest: plan, hold: null, labels: {} },
      } as never,
      'allow',
    ),
  );
  await log.append(
    responseEvent({
      ...{ exchange: exchange(number), status: 200, length: body.length, digest: hash('sha256', body, 'buffer') },
      ...{ outcome: 'complete', masks: [{ rule: 'pii', field: '$.ssn', count: 1 }], recording: null },
      ...{ decision: { origin, seq }, policyDigest: null, planDigest: plan, detail: null },
    } as never),
  );
}

const reader = { id: 'carol', issuer: 'i', groups: ['auditors'], actors: [] };

t.test('canaries are in the openings alone, and after an erasure nowhere', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  for (const number of [1, 2]) await exchangeOf(log, number);
  t.same(found(state, /^openings\.db/), []);
  t.not(found(state, /^$/).length, 0, 'the openings have them, or this test sees nothing');
  for (const number of [1, 2])
    await erase(
      { log, append: log.append },
      { what: 'exchange', exchange: exchange(number), reason: 'case 7', reader },
    );
  t.same(found(state, /^$/), [], 'while the process runs');
  await log.close();
  t.same(found(state, /^$/), [], 'and when it has ended');
});

t.test('a dictionary of a million values finds no commitment', async (t) => {
  const state = t.testdir();
  const log = await openLog(await partsWithOpenings(state));
  await exchangeOf(log, 1);
  await log.close();
  const commitments = new Set(
    [...searchEntries(join(state, 'audit'), {})].flatMap(({ entry }) =>
      ((entry.committed ?? []) as { readonly c: string }[]).map(({ c }) => c),
    ),
  );
  t.equal(commitments.size, 4);
  // The value itself is among them: without its salt it is not found.
  const hits: number[] = [];
  const query = `ssn=${ssn}&mail=${email}&key=${token}`;
  for (let at = 0; at < 1_000_000; at += 1) {
    const value = at === 777_777 ? query : `ssn=${String(at).padStart(9, '0')}`;
    if (commitments.has(hash('sha256', value, 'base64url'))) hits.push(at);
  }
  t.same(hits, []);
});
