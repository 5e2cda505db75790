import { join } from 'node:path';
import t from 'tap';
import { fileSigner } from '../../plugin/audit/file-signer.ts';
import { signerContract } from '../contract/signer.ts';

t.test('a key in a file is a signer', async (t) => {
  const file = join(t.testdir(), 'signer.pem');
  await signerContract(t, () => fileSigner(file, true));
});

t.test('a missing key is not made unless it may be', async (t) => {
  t.throws(() => fileSigner(join(t.testdir(), 'signer.pem'), false), { code: 'key_invalid' });
});
