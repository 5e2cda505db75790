/** A place in the console. */
export type Route =
  | { readonly page: 'inbox'; readonly hold: string | null }
  | { readonly page: 'history' | 'grants' | 'deviations' | 'settings' }
  | { readonly page: 'unknown' };

const pages = ['history', 'grants', 'deviations', 'settings'] as const;

/** The place that a path names. `/holds/ID` is what tickets and notices link to. */
export function routeOf(path: string): Route {
  const [first = '', second = '', more] = path.split('/').filter((part) => part !== '');
  if (more === undefined && (first === '' || first === 'holds'))
    return { page: 'inbox', hold: /^h_[\w-]{22}$/.test(second) ? second : null };
  const page = pages.find((one) => one === first);
  return page === undefined || second !== '' ? { page: 'unknown' } : { page };
}

/** The path of a place. */
export function pathOf(route: Route): string {
  if (route.page === 'inbox') return route.hold === null ? '/' : `/holds/${route.hold}`;
  return route.page === 'unknown' ? '/' : `/${route.page}`;
}
