/** Path of a usable Envoy; downloads it once when there is none. @throws Error with one sentence that says what to do */
export function findEnvoy(): string;
/** Path of opa; builds it once with Go when there is none. @throws Error with one sentence that says what to do */
export function findOpa(): string;
/** Path of cosign, or null. */
export function findCosign(): string | null;
