import type { JSX } from 'preact';

/** Strokes on a grid of 16, drawn in the colour of the text. */
const paths = {
  inbox:
    'M2.5 9.5 4.2 3.6a1 1 0 0 1 1-.7h5.6a1 1 0 0 1 1 .7l1.7 5.9v2.9a.9.9 0 0 1-.9.9H3.4a.9.9 0 0 1-.9-.9zm0 0h3.3a2.2 2.2 0 0 0 4.4 0h3.3',
  grants: 'M8 4.6V8l2.3 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  history: 'M3 4.2h10M3 8h10M3 11.8h6',
  deviations: 'M8 5.8v3M8 11.2v.1M7.2 2.9 1.9 12a.9.9 0 0 0 .8 1.3h10.6a.9.9 0 0 0 .8-1.3L8.8 2.9a.9.9 0 0 0-1.6 0z',
  settings:
    'M2.5 5h5m4 0h2M2.5 11h2m4 0h5M9.5 6.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM6.5 12.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z',
  search: 'M7.2 12a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6zm3.5-1.3 3 3',
  check: 'm3 8.6 3.2 3.2L13 4.6',
  cross: 'm4 4 8 8m0-8-8 8',
  back: 'M9.8 3.2 5 8l4.8 4.8',
  next: 'M6.2 3.2 11 8l-4.8 4.8',
  key: 'M9.4 8.9a3.4 3.4 0 1 0-2.3-2.3l-4.6 4.6v2.3h2.3v-1.6h1.6v-1.6zM10.6 5.4v0',
  help: 'M6.2 6.1a1.8 1.8 0 1 1 2.7 1.6c-.6.3-.9.7-.9 1.3v.2m0 2v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  alert: 'M8 5v3.4m0 2.4v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  leave: 'M6.5 13.3H3.6a.9.9 0 0 1-.9-.9V3.6a.9.9 0 0 1 .9-.9h2.9M10.4 11l3-3-3-3m3 3H6.2',
  arrow: 'M3 8h10m-3.6-3.6L13 8l-3.6 3.6',
} as const satisfies Readonly<Record<string, string>>;

export type IconName = keyof typeof paths;

/** A picture beside a word: it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** Two signatures, one behind the other. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="32" height="32" rx="8" />
      <path class="mark-first" d="M6.5 16.5l4.5 4.5 8-10" />
      <path class="mark-second" d="M15.5 20.2l1.2 1.3 9-11" />
    </svg>
  );
}
