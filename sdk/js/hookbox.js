// What the author of a plugin uses. `hookbox.d.ts` documents all of it.
//
// It refuses nothing of its own: what an action may do is the host's decision, told by a `Refusal`. The host is the real one in
// a component and `mock.js` in a test; `src/host.js` knows which.

export { action, stop } from './src/action.js';
export { contacts, conversations, lists, log, messages, state } from './src/effects.js';
export { Failure, HttpError, Refusal, fail } from './src/errors.js';
export * as http from './src/http.js';
