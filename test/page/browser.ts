/** A real Chromium for tests of pages: from the packages, or the one that `$CHROMIUM` names. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packed from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** Beside the packages, since it is made of one. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/chromium', import.meta.url));

/** Chromium as root and in a container; one process per page stays, so that a page that dies is one test's. */
const flags = ['--no-sandbox', '--disable-setuid-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-zygote'];

/**
 * Starts a browser; the caller closes it. It reaches the network as any does: a test that must not lets its context be
 * `offline`. Rejects, with what is missing, where Chromium can't start on this system.
 */
export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? (await unpacked());
  // Where the system has no fonts, the package's own.
  const fonts = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(dirname(executablePath), 'fonts') };
  return chromium.launch({ executablePath, args: [...flags, ...args], env: { ...process.env, ...fonts } });
}

/** The package's browser, unpacked once: beside others that do the same, whoever is first has done it for all. */
async function unpacked(): Promise<string> {
  const executable = join(cache, 'chromium');
  if (existsSync(executable)) return executable;
  mkdirSync(dirname(cache), { recursive: true });
  const own = mkdtempSync(`${cache}-`);
  const { TMPDIR } = process.env;
  // The package unpacks into the folder for temporary files, where half of one would be taken for the whole.
  process.env.TMPDIR = own;
  try {
    await packed.executablePath();
    writeFileSync(join(own, 'fonts', 'fonts.conf'), `<fontconfig><dir>${join(cache, 'fonts')}</dir></fontconfig>`);
    renameSync(own, cache);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(executable)) throw error;
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
  return executable;
}
