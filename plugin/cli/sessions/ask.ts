import { request as httpRequest } from 'node:http';
import { listenerOf, readConfig } from '../../config.ts';
import { CountersignError, type ErrorCode } from '../../errors.ts';
import { visible } from '../../record/visible.ts';

/** Asks for a path below `/api/v1/`. Rejects with a CountersignError that says what the service said. */
export type Ask = (path: string) => Promise<unknown>;

/**
 * Asks the service that runs with a configuration, over its admin listener, as the holder of `token`.
 * @throws CountersignError `usage` without a token, `config_invalid` when the file is not good
 */
export function openAsk(config: string, token: string | undefined): Ask {
  const { admin } = readConfig(config);
  if (!token)
    throw new CountersignError('usage', 'set COUNTERSIGN_TOKEN to a bearer token of someone who may read recordings');
  return (path) => get(admin, path, token);
}

function get(admin: string, path: string, token: string): Promise<unknown> {
  const listener = listenerOf(admin);
  const target = 'unix' in listener ? { socketPath: listener.unix } : { host: listener.host, port: listener.port };
  return new Promise((resolve, reject) => {
    const options = {
      ...target,
      path: `/api/v1/${path}`,
      headers: { authorization: `Bearer ${token}` },
      timeout: 30_000,
    };
    const asked = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (cause) => reject(unreachable(admin, cause)));
      response.on('end', () => {
        try {
          resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 30 s')));
    asked.on('error', (cause) => reject(unreachable(admin, cause)));
    asked.end();
  });
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'token_invalid',
  403: 'forbidden',
  404: 'record_unknown',
};

function answerOf(status: number, body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new CountersignError('unavailable', `the admin listener answered ${status} without JSON`, { cause });
  }
  if (status === 200) return value;
  const { title, detail } = value as { readonly title?: unknown; readonly detail?: unknown };
  const code = title === 'audit_damaged' ? 'audit_damaged' : (codes[status] ?? 'unavailable');
  throw new CountersignError(code, visible(String(detail ?? `the admin listener answered ${status}`)));
}

function unreachable(admin: string, cause: unknown): CountersignError {
  return new CountersignError(
    'unavailable',
    `nobody answers at ${admin}: is "countersign serve" running with this configuration?`,
    {
      cause,
    },
  );
}
