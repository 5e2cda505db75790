import type { Json, JsonObject } from '../../request.ts';

/** What a body asks of the node that pods run on, and of the cluster: from any pod spec in it, however deep. */
export type PodFacts = JsonObject;

/** Members by name in lower case: the API server reads case to the letter, not everything behind it does. */
interface Found {
  readonly flags: Set<string>;
  readonly lists: Readonly<Record<List, Set<string>>>;
}

type List = 'capabilities' | 'host_paths' | 'host_ports' | 'images' | 'service_accounts' | 'volumes';

/** Facts that are true when a member is there with such a value. */
const flags: Readonly<Record<string, readonly [fact: string, says: (value: Json) => boolean]>> = {
  privileged: ['privileged', isTrue],
  allowprivilegeescalation: ['privilege_escalation', isTrue],
  hostnetwork: ['host_network', isTrue],
  hostpid: ['host_pid', isTrue],
  hostipc: ['host_ipc', isTrue],
  hostprocess: ['host_process', isTrue],
  hostusers: ['host_users', isTrue],
  runasuser: ['root', (value) => value === 0],
  runasgroup: ['root', (value) => value === 0],
  runasnonroot: ['root', (value) => value === false],
  procmount: ['unmasked_proc', (value) => value !== 'Default' && value !== null],
  containers: ['pod', isPresent],
  initcontainers: ['pod', isPresent],
  ephemeralcontainers: ['pod', isPresent],
};

const names = [...new Set(Object.values(flags).map(([fact]) => fact))].sort();

function isTrue(value: Json): boolean {
  return value === true;
}

function isPresent(value: Json): boolean {
  return value !== null;
}

/** Facts that are lists of what members say. */
const lists: Readonly<Record<string, readonly [fact: List, read: (value: Json) => readonly Json[]]>> = {
  capabilities: ['capabilities', (value) => (isObject(value) ? listOf(member(value, 'add')) : [])],
  hostpath: ['host_paths', (value) => (isObject(value) ? [member(value, 'path') ?? ''] : [])],
  hostport: ['host_ports', (value) => [value]],
  image: ['images', (value) => [value]],
  serviceaccountname: ['service_accounts', (value) => [value]],
  serviceaccount: ['service_accounts', (value) => [value]],
  volumes: ['volumes', (value) => listOf(value).flatMap((volume) => (isObject(volume) ? volumeKinds(volume) : []))],
};

/** Members of a list that facts may have. */
const listLimit = 256;

/**
 * Facts of a body, wherever a pod spec stands in it (a template, a patch, a custom resource): `pod`, `privileged`,
 * `privilege_escalation`, `host_network`, `host_pid`, `host_ipc`, `host_process`, `host_users`, `root`, `unmasked_proc`
 * as booleans; `capabilities` (added), `host_paths`, `host_ports`, `images`, `service_accounts`, `volumes` (kinds) as
 * lists. Null when a list would have more than 256 members.
 */
export function podFacts(body: Json): PodFacts | null {
  const found: Found = {
    flags: new Set(),
    lists: {
      capabilities: new Set(),
      host_paths: new Set(),
      host_ports: new Set(),
      images: new Set(),
      service_accounts: new Set(),
      volumes: new Set(),
    },
  };
  walk(body, found);
  const sorted = Object.entries(found.lists).map(([fact, values]) => [fact, [...values].sort()] as const);
  if (sorted.some(([, values]) => values.length > listLimit)) return null;
  return { ...Object.fromEntries(names.map((fact) => [fact, found.flags.has(fact)])), ...Object.fromEntries(sorted) };
}

function walk(value: Json, found: Found): void {
  if (Array.isArray(value)) for (const item of value) walk(item, found);
  if (!isObject(value)) return;
  for (const [key, content] of Object.entries(value)) {
    const name = key.toLowerCase();
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag?.[1](content)) found.flags.add(flag[0]);
    const list = Object.hasOwn(lists, name) ? lists[name] : undefined;
    for (const item of list?.[1](content) ?? [])
      if (typeof item === 'string' || typeof item === 'number') found.lists[list?.[0] ?? 'volumes'].add(String(item));
    walk(content, found);
  }
}

/** `{name: 'a', hostPath: {...}}` is a `hostPath`. */
function volumeKinds(volume: JsonObject): readonly string[] {
  return Object.keys(volume).filter((key) => key !== 'name' && !key.startsWith('$'));
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function member(value: JsonObject, name: string): Json | undefined {
  return Object.entries(value).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
