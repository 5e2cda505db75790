import t from 'tap';
import { findCards, findIbans, findPhones, findSsns, luhn } from '../../../plugin/mask/detect/numbers.ts';
import type { Find } from '../../../plugin/mask/detect/table.ts';

function found(find: Find, text: string): string[] {
  const bytes = Buffer.from(text);
  const out: string[] = [];
  find(bytes, (start, end) => out.push(bytes.toString('utf8', start, end)));
  return out;
}

const cases: readonly (readonly [find: Find, text: string, ...found: readonly string[]])[] = [
  [findCards, '4111111111111111', '4111111111111111'],
  [findCards, 'a 4111-1111-1111-1111, 378282246310005 b', '4111-1111-1111-1111', '378282246310005'],
  [findCards, '4111 1111 1111 1111 12/25 123', '4111 1111 1111 1111'],
  [findCards, '99 4111 1111 1111 1111', '4111 1111 1111 1111'],
  [findCards, '3782 822463 10005', '3782 822463 10005'],
  [findCards, '4111111111111112'],
  [findCards, '4111-1111 1111-1111'],
  [findCards, 'x4111111111111111'],
  [findCards, '4111111111111111é'],
  [findCards, '0.4111111111111111'],
  [findCards, '41111111111111111'],
  [findIbans, 'DE89370400440532013000', 'DE89370400440532013000'],
  [findIbans, 'IBAN: gb29 nwbk 6016 1331 9268 19.', 'gb29 nwbk 6016 1331 9268 19'],
  [findIbans, 'NO9386011117947 FR1420041010050500013M02606', 'NO9386011117947', 'FR1420041010050500013M02606'],
  [findIbans, 'DE89370400440532013001'],
  [findIbans, 'XDE89370400440532013000'],
  [findIbans, 'DE893704004405320130001'],
  [findIbans, 'DE8937040044053201300'],
  [findSsns, 'ssn 078-05-1120.', '078-05-1120'],
  [findSsns, '078 05 1120', '078 05 1120'],
  [findSsns, '078-05 1120'],
  [findSsns, '666-05-1120'],
  [findSsns, '900-05-1120'],
  [findSsns, '078-00-1120'],
  [findSsns, '078-05-0000'],
  [findSsns, '2078-05-1120'],
  [findSsns, '078-05-11201'],
  [findSsns, '1-078-05-1120'],
  [findPhones, 'call +1 (415) 555-2671!', '+1 (415) 555-2671'],
  [findPhones, '+4930901820', '+4930901820'],
  [findPhones, '+358 40 123 4567, +44 20 7946 0958', '+358 40 123 4567', '+44 20 7946 0958'],
  [findPhones, '+1 415 555 2671 12345', '+1 415 555 2671'],
  [findPhones, '+1 115 555 2671'],
  [findPhones, '+999 1234567'],
  [findPhones, '+49 123'],
  [findPhones, '1e+49123456789'],
  [findPhones, '++4930901820'],
  [findPhones, '+4930901820x'],
];
for (const [find, text, ...expected] of cases)
  t.test(`${find.name}: ${text}`, async (t) => t.same(found(find, text), expected));

t.test("Luhn's check digit", async (t) => {
  t.ok(luhn('79927398713'));
  t.notOk(luhn('79927398710'));
});
