import t from 'tap';
import { openSearch, patternDetector } from '../../plugin/mask/search.ts';

t.test('detectors and patterns are searched for together, the stricter where they meet', async (t) => {
  const search = openSearch([
    { detector: 'email', mask: 0 },
    { detector: patternDetector('ada@[a-z]{1,9}', 'p'), mask: 1 },
  ]);
  const body = Buffer.from('x ada@example.com ada@b');
  t.same(search.text(body), [
    { start: 2, end: 17, mask: 0, text: 'ada@example.com' },
    { start: 18, end: 23, mask: 1, text: 'ada@b' },
  ]);
  t.same(search.json(body, 18, 23), [{ start: 0, end: 5, mask: 1, text: 'ada@b' }]);
  t.equal(search.reaches.length, 2);
});

t.test('a pattern is matched against what an escape stands for', async (t) => {
  const search = openSearch([{ detector: patternDetector('ACME-[0-9]{2}', 'p'), mask: 0 }]);
  const body = Buffer.from('x\\u0041CME\\u002d12');
  t.same(search.json(body, 0, body.length), [{ start: 1, end: body.length, mask: 0, text: 'ACME-12' }]);
});

t.test('what a pattern may have before its end', async (t) => {
  t.match(patternDetector('ACME-[0-9]{6}', 'p').reach, { most: 15, breaks: null, starts: Buffer.from('ACME-') });
  t.match(patternDetector('[0-9]{6}', 'p').reach, { most: 10, starts: null });
  t.throws(() => patternDetector('x*', 'mask[3].pattern'), { code: 'mask_invalid', message: /^mask\[3\]\.pattern: / });
});
