import { Readable, Writable } from 'node:stream';
import t from 'tap';
import { maskCommand } from '../../plugin/cli/mask.ts';

async function run(chunks: readonly string[], ...args: readonly string[]): Promise<string> {
  let written = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const command = maskCommand({ input: Readable.from(chunks.map((chunk) => Buffer.from(chunk))), output });
  await command.exitOverride().parseAsync(args, { from: 'user' });
  return written;
}

t.test('a body goes through a plan', async (t) => {
  const dir = t.testdir({
    'plan.json': JSON.stringify([{ key: 'ssn', with: 'partial', keep_last: 4 }]),
    'hash.json': JSON.stringify([{ key: 'ssn', with: 'hash', hash_key: 'k' }]),
    'none.json': '[]',
    key: 'k'.repeat(32),
    broken: '{',
  });
  t.equal(await run(['{"ssn":"123-', '45-6789"}'], '--plan', `${dir}/plan.json`), '{"ssn":"***-**-6789"}');
  t.match(
    await run(['{"ssn":"1"}'], '--plan', `${dir}/hash.json`, '--key', `k=${dir}/key`),
    /^\{"ssn":"h_[\w-]{22}"\}$/,
  );
  t.equal(await run(['<p>'], '--plan', `${dir}/none.json`, '--content-type', 'text/html'), '<p>');
  await t.rejects(run(['<p>'], '--plan', `${dir}/plan.json`, '--content-type', 'text/html'), {
    code: 'mask_impossible',
  });
  await t.rejects(run(['{"ssn":'], '--plan', `${dir}/plan.json`), { code: 'mask_impossible' });
  await t.rejects(run(['{}'], '--plan', `${dir}/hash.json`), { code: 'mask_invalid' });
  await t.rejects(run(['{}'], '--plan', `${dir}/broken`), { code: 'mask_invalid' });
  await t.rejects(run(['{}'], '--plan', `${dir}/absent`), { code: 'usage' });
  await t.rejects(run(['{}'], '--plan', `${dir}/hash.json`, '--key', 'k'), { code: 'usage' });
});
