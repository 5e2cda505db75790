/** What a person chose for this browser. */
export interface Prefs {
  readonly theme: 'system' | 'light' | 'dark';
  /** `local` is this machine's zone. */
  readonly zone: 'local' | 'UTC';
  /** Single keys do something. */
  readonly shortcuts: boolean;
  /** The browser tells of new requests while the page is in the background. */
  readonly notify: boolean;
}

export const defaults: Prefs = { theme: 'system', zone: 'local', shortcuts: true, notify: false };

const choices = {
  theme: ['system', 'light', 'dark'],
  zone: ['local', 'UTC'],
  shortcuts: [true, false],
  notify: [true, false],
} as const satisfies { readonly [Name in keyof Prefs]: readonly Prefs[Name][] };

/** What was kept; whatever is not a choice is as by default. */
export function readPrefs(kept: string | null): Prefs {
  let value: unknown;
  try {
    value = JSON.parse(kept ?? '{}');
  } catch {
    return defaults;
  }
  const known = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const chosen = Object.entries(choices).flatMap(([name, all]) => {
    const found = all.find((one) => one === known[name]);
    return found === undefined ? [] : [[name, found] as const];
  });
  return { ...defaults, ...Object.fromEntries(chosen) };
}
