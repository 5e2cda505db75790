/** What is watched. */
interface AgeParts {
  /** Milliseconds since 1970 at which the origin of the policy last said what is current; 0 before. */
  readonly checked: () => number;
  /** Milliseconds. */
  readonly maxAge: number;
  /** Called once each time that it becomes older. */
  readonly aged: (detail: string) => Promise<void>;
}

/** Whether the policy in force is known to be current. */
export interface AgeWatch {
  /** Nobody has said for longer than the maximum age what is current. */
  readonly stale: boolean;
  close(): void;
}

/** Whoever keeps a new policy from us, or none that serves, does not do so in silence (threat 25). */
export function watchAge({ checked, maxAge, aged }: AgeParts): AgeWatch {
  const opened = Date.now();
  const isStale = () => Date.now() - Math.max(checked(), opened) > maxAge;
  let told = false;
  const timer = setInterval(
    () => {
      const stale = isStale();
      if (stale && !told) void aged(`the source of the policy has named none that serves for ${maxAge} ms`);
      told = stale;
    },
    Math.min(maxAge, 10_000),
  ).unref();
  return {
    get stale() {
      return isStale();
    },
    close: () => clearInterval(timer),
  };
}
