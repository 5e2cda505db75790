/** The demo's scenarios, one function each: what the agent does, what comes back, and what must be true of it. */
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { approvals, nextHold, noHold } from './approvers.ts';
import type { Exchange } from './client.ts';
import type { Member } from './idp.ts';
import type { Site } from './site.ts';
import type { Teller } from './teller.ts';

export interface Stage {
  readonly site: Site;
  readonly teller: Teller;
  /** Holds whose approval was consumed, by id. */
  readonly used: string[];
}

/** Plays one scenario and says in a few words how it ended. */
type Play = (stage: Stage) => Promise<string>;

const agent = 'reporting-agent';

/** Ties the agent's requests to one session: `countersign sessions list` shows them as one run. */
const run = { 'x-session-id': 'nightly-report' };

const sensitive = ['078-05-1120', '219-09-9999', '457-55-5462', 'scrypt$'];

const remove = (id: number) => `DELETE FROM customers WHERE id = ${id}`;

/** What PostgreSQL's parser takes for one SELECT, and SQLite executes as a DROP TABLE. */
const nestedComment = 'SELECT 1; /* /* */ DROP TABLE customers; -- */';

async function sql(site: Site, teller: Teller, text: string, signal?: AbortSignal): Promise<Exchange> {
  teller.act(agent, `POST /sql ${JSON.stringify(text)}`);
  const token = await site.idp.token(agent, 'api');
  return site.ask({ path: '/sql', headers: run, body: { sql: text }, token, ...(signal ? { signal } : {}) });
}

/** An answer that is awaited later: that it fails before then is told when it is awaited, and ends nothing until then. */
function inLine(answer: Promise<Exchange>): Promise<Exchange> {
  answer.catch(() => {});
  return answer;
}

const told = (teller: Teller, exchange: Exchange) => {
  teller.quote(`${exchange.status} ${exchange.body.toString('utf8')}`);
  return exchange.body.toString('utf8');
};

const executions = (site: Site, statement: string) =>
  site.upstream.stats().executed.filter((one) => one === statement).length;

/** An approval command that must be refused, whoever gives it. */
async function refused(site: Site, teller: Teller, who: Member, id: string, promise: string): Promise<void> {
  teller.act(who, `countersign approvals approve ${id}`);
  const { code, stdout, stderr } = await approvals(site, who, ['approve', id]);
  teller.quote(stderr || stdout);
  teller.check(promise, code !== 0 && code !== null, stdout);
}

const read: Play = async ({ site, teller }) => {
  teller.act(agent, 'GET /customers');
  const exchange = await site.ask({ path: '/customers', headers: run, token: await site.idp.token(agent, 'api') });
  const body = told(teller, exchange);
  teller.check('the agent may read customers', exchange.status === 200 && exchange.complete, body);
  const { customers = [] } = JSON.parse(body) as { customers?: { name?: string; ssn?: string }[] };
  teller.check('all three customers are there', customers.length === 3 && customers[0]?.name === 'Ada Lovelace');
  teller.check(
    'no social security number and no password hash arrived',
    !sensitive.some((one) => body.includes(one)),
    body,
  );
  teller.check(
    'a masked ssn keeps its last four digits',
    customers.every(({ ssn }) => /[0-9]{4}$/.test(ssn ?? '')),
    body,
  );
  return `${exchange.status}, masked`;
};

const drop: Play = async ({ site, teller }) => {
  for (const text of ['DROP TABLE customers', nestedComment]) {
    const exchange = await sql(site, teller, text);
    teller.check('refused', exchange.status === 403, told(teller, exchange));
  }
  const { executed, customers } = site.upstream.stats();
  teller.check('nothing reached the database: the table stands', customers === 3 && executed.length === 0);
  return '403 twice';
};

const held: Play = async ({ site, teller, used }) => {
  const waiting = inLine(sql(site, teller, remove(2)));
  const hold = await nextHold(site, 'bob');
  teller.check('while it is held nothing is executed', executions(site, remove(2)) === 0);
  teller.act('bob', 'countersign approvals list');
  teller.quote((await approvals(site, 'bob', ['list'])).stdout, 6);
  teller.act('bob', `countersign approvals approve ${hold.id}`);
  const { code, stdout, stderr } = await approvals(site, 'bob', ['approve', hold.id]);
  teller.quote(stderr || briefly(stdout), 40);
  teller.check('bob, another person, may approve with a token of his own', code === 0, stderr);
  const exchange = await waiting;
  told(teller, exchange);
  teller.check('the caller, who waited in line, gets its answer', exchange.status === 200 && exchange.complete);
  teller.check('it was executed once', executions(site, remove(2)) === 1 && site.upstream.stats().customers === 2);
  used.push(hold.id);
  return 'approved by another, executed once';
};

const ownRequest: Play = async ({ site, teller }) => {
  const waiting = inLine(sql(site, teller, remove(3)));
  const { id } = await nextHold(site, 'bob');
  await refused(site, teller, agent, id, 'the agent that asked may not approve');
  await refused(site, teller, 'alice', id, 'its owner may not approve, although she is a dba');
  teller.check('it is still held', executions(site, remove(3)) === 0);
  teller.act('bob', `countersign approvals reject ${id} --reason "not this one"`);
  const { code, stderr } = await approvals(site, 'bob', ['reject', id, '--reason', 'not this one']);
  teller.check('bob rejects it', code === 0, stderr);
  const exchange = await waiting;
  told(teller, exchange);
  teller.check('the caller is refused', exchange.status === 403);
  teller.check('it was never executed', executions(site, remove(3)) === 0);
  return 'refused to requester and owner';
};

const replay: Play = async ({ site, teller, used }) => {
  teller.line('  The approved request is sent again, byte for byte, and its approval is given again.');
  const caller = new AbortController();
  const waiting = sql(site, teller, remove(2), caller.signal).then(
    ({ status }) => `answered ${status}`,
    () => 'hung up',
  );
  await nextHold(site, 'bob', used);
  teller.check('it is held anew: the used approval admits nothing', executions(site, remove(2)) === 1);
  for (const id of used) await refused(site, teller, 'bob', id, 'the approval that was used cannot be given again');
  teller.act(agent, 'hangs up');
  caller.abort();
  teller.check('the caller got no answer', (await waiting) === 'hung up');
  await noHold(site, 'bob');
  teller.check('its hold is withdrawn, and nothing was executed again', executions(site, remove(2)) === 1);
  return 'held anew, not executed';
};

const verify: Play = async ({ site, teller }) => {
  const key = join(site.folder, 'auditor.pub');
  const args = (folder: string) => ['audit', 'verify', folder, '--key', key];
  teller.act('carol', `countersign ${args('state/audit').join(' ')}`);
  const whole = await site.cli(args(site.log));
  teller.quote(whole.stdout || whole.stderr, 8);
  teller.check('the whole log verifies', whole.code === 0, whole.stderr);
  teller.check('every allow has the entry of its response', /\b0 without\b/.test(whole.stdout), whole.stdout);

  const copy = join(site.folder, 'copy');
  await cp(site.log, copy, { recursive: true });
  const { file, offset } = await flipOneByte(copy);
  teller.act('somebody', `flips one bit of byte ${offset} of ${file} in a copy`);
  const changed = await site.cli(args(copy));
  teller.quote(newLines(changed.stdout || changed.stderr, whole.stdout));
  teller.check('the verifier finds it', changed.code === 2, `exit code ${changed.code}\n${changed.stdout}`);
  return 'verified; one flipped byte found';
};

/** The head of what an approver is shown, and the verdict at its end. */
function briefly(page: string): string {
  const lines = page.trimEnd().split('\n');
  return [...lines.slice(0, 6), '...', ...lines.slice(-1)].join('\n');
}

/** The lines of `text` that `before` did not have. */
function newLines(text: string, before: string): string {
  const had = new Set(before.split('\n'));
  return text
    .split('\n')
    .filter((line) => !had.has(line))
    .join('\n');
}

/** Changes the byte in the middle of the longest segment: inside a signed entry, not at a torn end. */
async function flipOneByte(folder: string): Promise<{ file: string; offset: number }> {
  const names = await readdir(join(folder, 'segments'));
  const sized = await Promise.all(
    names.map(async (name) => ({
      file: join('segments', name),
      size: (await stat(join(folder, 'segments', name))).size,
    })),
  );
  const longest = sized.sort((a, b) => b.size - a.size)[0];
  if (!longest) throw new Error(`no segment in ${folder}`);
  const offset = Math.floor(longest.size / 2);
  const bytes = await readFile(join(folder, longest.file));
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  await writeFile(join(folder, longest.file), bytes);
  return { file: longest.file, offset };
}

/** In the order in which they are told: each builds on what the ones before left behind. */
export const story: readonly (readonly [title: string, play: Play])[] = [
  ['An agent reads customers: what policy masks never arrives', read],
  ['DROP TABLE, plain and hidden in a nested comment', drop],
  ['A DELETE waits for another person', held],
  ['The same, approved by its own requester', ownRequest],
  ['A used approval, replayed', replay],
  ['An auditor verifies the log', verify],
];
