import type { Manifest } from './hookbox.js';

/** What was built. */
export interface Built {
  manifest: Manifest;
  /** The component's path. */
  output: string;
  /** Its size. */
  bytes: number;
}

/**
 * Makes a component of an action's module, which may be TypeScript (types are taken out, not checked) and import packages.
 *
 * Fails when the module exports no action, when it imports what is not there, or when the engine does not start with it.
 */
export function build(options: {
  /** The module that exports `describe` and `run`. */
  entry: string;
  /** The function of this name of `@bytecodealliance/componentize-js`. */
  componentize: (options: any) => Promise<{ component: Uint8Array }>;
  /** The package `esbuild`. */
  esbuild: { build(options: any): Promise<any> };
  /** Where the component goes: `plugin.wasm` when left out. */
  output?: string;
  /** The folder of the contract; what lies beside the SDK when left out. */
  wit?: string;
}): Promise<Built>;
