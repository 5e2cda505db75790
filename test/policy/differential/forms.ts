import type { Json } from '../../../plugin/request.ts';

/** Every form that a result can have, good and bad, by the name that a request asks for in `x-form`. */
export const forms: Readonly<Record<string, Json>> = {
  yes: true,
  no: false,
  text: 'true',
  number: 1,
  nothing: null,
  list: [true],
  empty: {},
  bare: { allowed: true },
  bareDenial: { allowed: false },
  allowedText: { allowed: 'true' },
  allowedNull: { allowed: null },
  headers: { allowed: true, headers: { 'x-a': 'b' } },
  headersMany: { allowed: true, headers: { 'x-a': ['b', 'c'], 'X-B': 'd' } },
  headersList: { allowed: true, headers: [{ 'x-a': 'b' }, { 'x-c': ['d', 'e'] }] },
  headersNumber: { allowed: true, headers: { 'x-a': 1 } },
  headersText: { allowed: true, headers: 'x-a: b' },
  headersName: { allowed: true, headers: { 'x a': 'b' } },
  headersLine: { allowed: true, headers: { 'x-a': 'b\r\nx-c: d' } },
  headersEmpty: { allowed: true, headers: {} },
  denied: { allowed: false, http_status: 401, body: 'who are you?', headers: { 'www-authenticate': 'Bearer' } },
  deniedBody: { allowed: false, body: 'no' },
  deniedStatus: { allowed: false, http_status: 429 },
  statusOdd: { allowed: false, http_status: 299 },
  statusZero: { allowed: false, http_status: 0 },
  statusText: { allowed: false, http_status: '401' },
  statusFraction: { allowed: false, http_status: 401.5 },
  statusOfAllow: { allowed: true, http_status: 299 },
  bodyNumber: { allowed: false, body: 7 },
  bodyOfAllow: { allowed: true, body: 7 },
  remove: { allowed: true, request_headers_to_remove: ['authorization', 'X-Y'] },
  removeText: { allowed: true, request_headers_to_remove: 'authorization' },
  removeNumber: { allowed: true, request_headers_to_remove: [1] },
  removeOfDenial: { allowed: false, request_headers_to_remove: [1] },
  add: { allowed: true, response_headers_to_add: { 'x-r': 's' } },
  addList: { allowed: true, response_headers_to_add: [{ 'x-r': 's' }, { 'x-r': 't' }] },
  addNumber: { allowed: true, response_headers_to_add: 1 },
  set: { allowed: true, query_parameters_to_set: { a: '1', b: ['2', '3'] } },
  setNumber: { allowed: true, query_parameters_to_set: { a: 1 } },
  setList: { allowed: true, query_parameters_to_set: [{ a: '1' }] },
  drop: { allowed: true, query_parameters_to_remove: ['a'] },
  dropNumber: { allowed: true, query_parameters_to_remove: [true] },
  metadata: { allowed: true, dynamic_metadata: { team: { id: 7, tags: ['a', null, true] } } },
  metadataText: { allowed: true, dynamic_metadata: 'x' },
  metadataOwn: { allowed: true, dynamic_metadata: { decision_id: 'mine' } },
  metadataDenied: { allowed: false, dynamic_metadata: { a: 1 } },
  unknown: { allowed: true, alowed: false },
  unknownDenied: { allowed: false, comment: 'x' },
  id: { allowed: true, id: 'x' },
  told: { allowed: false, rule: 'r', reason: 'why' },
  all: {
    allowed: true,
    headers: { 'x-a': 'b' },
    request_headers_to_remove: ['c'],
    response_headers_to_add: { 'x-d': 'e' },
    query_parameters_to_set: { f: 'g' },
    query_parameters_to_remove: ['h'],
    dynamic_metadata: { i: 'j' },
  },
};

/** Answers that are no constants: none, two at once, an error, and the input itself. */
export const computed = ['undefined', 'conflict', 'error', 'input'] as const;

/** The policy of both: it answers as the request's header `x-form` says. `allow` is undefined for an unknown one. */
export const rego = `package envoy.authz

form := input.attributes.request.http.headers["x-form"]

forms := ${JSON.stringify(forms)}

allow := forms[form]

allow if form == "conflict"

allow := false if form == "conflict"

allow := f(1) == 1 if form == "error"

f(x) := 1 if x > 0

f(x) := 2 if x > 0

allow := {"allowed": true, "headers": {"x-input": json.marshal(shown)}} if form == "input"

# What both have; the rest of our input is ours alone.
shown := object.remove(input, ["principal", "session", "commands", "approval"])
`;
