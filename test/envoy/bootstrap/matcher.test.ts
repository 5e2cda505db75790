import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseYaml } from '../../../plugin/config.ts';
import { find, typeOf } from '../../../plugin/envoy/bootstrap/document.ts';
import { exemptsOnlyByRelease } from '../../../plugin/envoy/bootstrap/matcher.ts';
import { normalize } from '../../../plugin/envoy/bootstrap/normal.ts';
import type { Json, JsonObject } from '../../../plugin/request.ts';

const text = readFileSync(new URL('../../../examples/quickstart/envoy.yaml', import.meta.url), 'utf8');
const [good] = find(normalize(parseYaml(text, 'envoy.yaml') as Json), (it) =>
  typeOf(it).endsWith('ExtensionWithMatcher'),
);

/** The quick start's with one text replaced. */
const other = (from: string, to: string) => JSON.parse(JSON.stringify(good).replace(from, to)) as JsonObject;

t.test("the quick start's matcher exempts by the decision only, whatever its parts are called", async (t) => {
  t.ok(good && exemptsOnlyByRelease(good));
  t.ok(exemptsOnlyByRelease(other('"name":"release"', '"name":"other"')));
});

t.test('any other may exempt by what a caller writes', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['"exact":"skip"', '"exact":"full"'],
    ['"exact":"skip"', '"prefix":""'],
    ['"key":"release"', '"key":"other"'],
    ['"filter":"envoy.filters.http.ext_authz"', '"filter":"countersign"'],
    ['DynamicMetadataInput', 'OtherInput'],
    ['"predicate":{', '"predicate":{"not_matcher":{},'],
    ['"matcher_list":', '"on_no_match":{},"matcher_list":'],
    ['"xds_matcher":', '"matcher":'],
  ];
  for (const row of rows) {
    t.not(JSON.stringify(other(...row)), JSON.stringify(good), 'the row changes something');
    t.notOk(exemptsOnlyByRelease(other(...row)), row.join(' to '));
  }
});
