import type { JsonObject } from '../../request.ts';

const principal = {
  id: 'reporting-agent',
  issuer: 'https://idp.example.com',
  kind: 'agent',
  groups: ['agents'],
  actors: [],
  method: 'jwt',
  claims: { iss: 'https://idp.example.com', sub: 'reporting-agent', groups: ['agents'] },
};

const counts = { requests: 1, denied: 0, held: 0, masked_fields: 0, started: 1_767_225_600_000 };

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

function input({ method, path, headers = {}, body }: Ask, more: JsonObject = {}): JsonObject {
  const [before = '', query] = path.split('?');
  const text = body === undefined ? undefined : JSON.stringify(body);
  const all = { ':method': method, ':path': path, ':authority': 'api.example.com', ...headers };
  return {
    attributes: {
      source: { address: { socketAddress: { address: '192.0.2.7', portValue: 40_000 } } },
      destination: { address: { socketAddress: { address: '192.0.2.1', portValue: 443 } } },
      request: {
        time: { seconds: 1_767_225_600, nanos: 0 },
        http: {
          ...{ id: '1', method, headers: all, path, host: 'api.example.com', scheme: 'https', protocol: 'HTTP/1.1' },
          ...(text === undefined ? {} : { body: text, size: text.length }),
        },
      },
    },
    version: { ext_authz: 'v3', encoding: 'protojson' },
    parsed_path: before.replace(/^\/+/, '').split('/'),
    parsed_query: Object.fromEntries(
      [...new URLSearchParams(query ?? '')].map(([name, value]) => [name, [value]] as const),
    ),
    parsed_body: body ?? null,
    truncated_body: false,
    principal,
    session: { key: '0'.repeat(32), ...counts, principal: counts },
    commands: [],
    ...more,
  };
}

const json = { 'content-type': 'application/json' };

/** Inputs to try a policy with, before there is traffic: `countersign policy eval --sample NAME`. */
export const samples: Readonly<Record<string, JsonObject>> = {
  get: input({ method: 'GET', path: '/customers?page=2' }),
  delete: input({ method: 'DELETE', path: '/customers/7' }),
  post: input({ method: 'POST', path: '/customers', headers: json, body: { name: 'Ada', plan: 'pro' } }),
  anonymous: input(
    { method: 'GET', path: '/customers' },
    {
      principal: {
        ...principal,
        id: 'anonymous',
        issuer: 'none',
        kind: 'workload',
        groups: [],
        method: 'none',
        claims: {},
      },
    },
  ),
  sql: input(
    { method: 'POST', path: '/sql', headers: json, body: { sql: 'DELETE FROM customers WHERE id = 7' } },
    {
      commands: [
        {
          kind: 'sql',
          dialect: 'postgres',
          text: 'DELETE FROM customers WHERE id = 7',
          statements: [
            {
              ...{ kind: 'delete', writes: true, where: true, functions: [], nested: [], columns: [] },
              objects: [{ schema: '', name: 'customers', kind: 'table' }],
              ...{ star: false, row: false, renamed: false, fields: ['id'], computed: ['id'], shape: '0' },
            },
          ],
        },
      ],
    },
  ),
  unparsed: input(
    { method: 'POST', path: '/sql', headers: json, body: { sql: '/* /* */ DROP TABLE customers; -- */' } },
    { commands: [{ kind: 'unparsed', reason: 'the command is not SQL that PostgreSQL parses' }] },
  ),
};
