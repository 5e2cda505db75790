import t from 'tap';
import { buildAutomaton } from '../../../plugin/mask/automaton.ts';
import { enter, openMachine, want } from '../../../plugin/mask/json/machine.ts';
import { type LookInto, run } from '../../../plugin/mask/json/run.ts';
import { parsePath } from '../../../plugin/mask/path.ts';

const root = buildAutomaton([parsePath('$..ssn', 'path')]);

/** Where the hot path stops in an object's content. */
function stops(
  text: string,
  change: (m: ReturnType<typeof openMachine>) => void = () => {},
  drops = false,
  look: LookInto | null = null,
) {
  const m = openMachine(root, drops);
  enter(m, 0x7b, root);
  change(m);
  const bytes = Buffer.from(text);
  const masked: string[] = [];
  const apply = (_mask: number, b: Buffer, lead: number, at: number, end: number) => {
    masked.push(`${b.toString('utf8', lead, at)}|${b.toString('utf8', at, end)}`);
    return !drops;
  };
  const stop = run(m, bytes, 0, bytes.length, apply, look);
  return { rest: bytes.subarray(stop).toString(), m, masked };
}

t.test('it goes over what is whole and not selected', async (t) => {
  const { rest, m } = stops('"a":1, "b" : ["x\\u00e9",true,{}] ,"c":{"d":null}} ');
  t.equal(rest, ' ');
  t.equal(m.state, want.nothing);
});

t.test('it applies masks to what is whole', async (t) => {
  t.same(stops('"ssn":1 ,"b":{"ssn" : "x"}}').masked, ['"ssn":|1', '"ssn" : |"x"']);
  t.same(stops('"b":1 , "ssn":null}').masked, [', "ssn":|null']);
  t.equal(stops('"ssn":1,"b":2}', undefined, true).rest, ',"b":2}', 'a comma whose fate is open is left');
});

const before: readonly [name: string, text: string, rest: string][] = [
  ['a container that a mask selects', '"a":1,"ssn":[2]}', ',"ssn":[2]}'],
  ['one within another', '"a":{"ssn":{}}}', '"ssn":{}}}'],
  ['a name with an escape', '"a":1,"s\\u0073n":2}', ',"s\\u0073n":2}'],
  ['a string that goes on', '"a":1,"b":"xy', ',"b":"xy'],
  ['a number that may go on', '"a":1,"b":12', ',"b":12'],
  ['what is not JSON', '"a":1,"b":01}', '1}'],
  ['a raw control', '"a":1,"b":"\n"}', ',"b":"\n"}'],
  ['a wrong bracket', '"a":1]', ']'],
  ['a long lead', `"a":1,${' '.repeat(2_000)}"b":1}`, `,${' '.repeat(2_000)}"b":1}`],
];
for (const [name, text, rest] of before)
  t.test(`it stops before ${name}`, async (t) => t.equal(stops(text).rest, rest));

t.test('it does not start where something is held back or left out', async (t) => {
  const text = '"a":1}';
  t.equal(stops(text, (m) => Object.assign(m, { hold: 0 })).rest, text);
  t.equal(stops(text, (m) => Object.assign(m, { leftOut: 0 })).rest, text);
  t.equal(stops(',"b":1}', (m) => Object.assign(m, { state: want.commaOrClose }), true).rest, ',"b":1}');
});

t.test('it looks into strings that no mask selects, and stops in front of a name that has a match', async (t) => {
  const seen: string[] = [];
  const look: LookInto = {
    opens: new Uint8Array(256).fill(1),
    names: true,
    value: (b, at, end) => seen.push(b.toString('utf8', at, end)),
    finds: (b, at, end) => b.toString('utf8', at, end) === '"x"',
  };
  const { rest, masked } = stops('"a":"1","ssn":"2","b":["3",4],"x":"5"}', undefined, false, look);
  t.equal(rest, ',"x":"5"}');
  t.same(seen, ['"1"', '"3"']);
  t.same(masked, [',"ssn":|"2"']);
});

t.test('it looks only where something may be found', async (t) => {
  const seen: string[] = [];
  const look: LookInto = {
    opens: Uint8Array.from({ length: 256 }, (_, byte) => Number(byte === 0x7b)),
    names: false,
    value: (b, at, end) => seen.push(b.toString('utf8', at, end)),
    finds: () => true,
  };
  t.equal(stops('"a":"1","b":"{"}', undefined, false, look).rest, '');
  t.same(seen, ['"{"']);
});
