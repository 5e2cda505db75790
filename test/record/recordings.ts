import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openRecordingDirectory } from '../../plugin/record/directory.ts';
import { openRecorder, type RecorderParts } from '../../plugin/record/recorder.ts';
import { headerOf, principalOf, requestOf } from '../identity/request.ts';

/** A recorder in a folder of its own. */
export function recorderIn(folder: string, parts: Partial<RecorderParts> = {}) {
  const recordings = join(folder, 'recordings');
  const keyFile = join(folder, 'keys', 'recordings.key');
  const store = openRecordingDirectory(recordings);
  const part = (exchange: string, name: string) => join(recordings, exchange, `${name}.seg`);
  return { store, keyFile, recordings, part, recorder: openRecorder({ store, keyFile, ...parts }) };
}

/** What an exchange knows of its request. */
export const context = { session: 'a'.repeat(32), principal: principalOf(), rule: 'allow' };

/** A request full of credentials and content, each with a canary. */
export const asked = requestOf({
  path: '/customers?name=canary-query&access_token=canary-token',
  body: Buffer.from('{"sql":"canary-body"}'),
  headers: [
    headerOf('content-type', 'application/json'),
    headerOf('authorization', 'Bearer canary-bearer'),
    headerOf('cookie', 'canary-cookie'),
    headerOf('x-api-key', 'canary-key'),
    headerOf('proxy-authorization', 'canary-proxy'),
    headerOf('x-secret', 'canary-configured'),
    headerOf('x-note', 'canary-note'),
  ],
});

/** Every file below a folder, whole. */
export function bytesBelow(folder: string): Buffer {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return Buffer.concat(paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)));
}
