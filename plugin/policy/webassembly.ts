/** Linear memory. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB. @throws RangeError beyond the maximum */
  grow(pages: number): number;
}

/** A compiled module: opaque. */
export interface Module {
  readonly [Symbol.toStringTag]: string;
}

/**
 * The part of JavaScript's WebAssembly interface that the host uses. Every engine has it; TypeScript describes it only
 * together with the browser's globals. https://webassembly.github.io/spec/js-api/
 */
export const webAssembly = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
      readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean;
      readonly Instance: new (module: Module, imports: object) => { readonly exports: object };
      readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => Memory;
      /** What a trap throws. */
      readonly RuntimeError: new (
        message?: string,
      ) => Error;
    };
  }
).WebAssembly;
