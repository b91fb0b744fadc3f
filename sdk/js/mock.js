// A host for tests: runs an action in node, and reports what a real host would commit. `mock.d.ts` documents all of it.
//
// It checks what a real host checks at the call: grants, names, sizes. It does not check settings against their schema, which
// `hookbox plugin test` does. Nothing leaves the machine.

export { Host } from './src/mock/host.js';
export { fixtures } from './src/mock/fixture.js';
