import t from 'tap';
import { pathOf, routeOf } from '../../../plugin/console/page/route.ts';

const id = `h_${'x'.repeat(22)}`;

t.test('a path is a place, and a place is its path', async (t) => {
  for (const [path, route] of [
    ['/', { page: 'inbox', hold: null }],
    [`/holds/${id}`, { page: 'inbox', hold: id }],
    ['/history', { page: 'history' }],
    ['/grants', { page: 'grants' }],
    ['/deviations', { page: 'deviations' }],
    ['/settings', { page: 'settings' }],
  ] as const) {
    t.same(routeOf(path), route);
    t.equal(pathOf(route), path);
  }
});

t.test('what is no place', async (t) => {
  t.same(routeOf('/holds/nonsense'), { page: 'inbox', hold: null });
  for (const path of ['/nothing', '/history/x', `/holds/${id}/approve`])
    t.same(routeOf(path), { page: 'unknown' }, path);
  t.equal(pathOf({ page: 'unknown' }), '/');
});
