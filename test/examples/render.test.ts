import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { render } from '../../examples/quickstart/render.ts';

const file = (name: string) => readFileSync(new URL(`../../examples/quickstart/${name}`, import.meta.url), 'utf8');

t.test('a marked line gets its value, every other line stays', async (t) => {
  const mark = (name: string) => `# \${${name}}`;
  const text = (a: number) => `a: ${a} ${mark('A')} why\nb:\n  - c: x y ${mark('B')}\nd: 1\ne: 1 # A\n`;
  t.equal(render(text(1), { A: 2 }), text(2));
  t.same(parse(render(text(1), { B: 'a: "b" # c' })).b, [{ c: 'a: "b" # c' }]);
});

t.test('a value without a mark is refused by name', async (t) => {
  t.throws(() => render('a: 1', { A: 1, PORT: 1 }), { code: 'usage', message: /PORT/ });
});

t.test('the files of the quick start are whole without a value', async (t) => {
  for (const name of ['envoy.yaml', 'countersign.yaml']) t.same(parse(render(file(name), {})), parse(file(name)), name);
});

t.test('a socket named on two lines is changed on both', async (t) => {
  const { static_resources } = parse(render(file('envoy.yaml'), { COUNTERSIGN_SOCKET: '/s' }));
  for (const cluster of static_resources.clusters.slice(0, 2))
    t.equal(cluster.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.pipe.path, '/s', cluster.name);
});
