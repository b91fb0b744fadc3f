// The other end of every call: the host that an action runs under.
//
// In a component it is installed once, before anything runs (`build.mjs` writes that line). In a test each call has a mock host
// of its own, which stays its own over every `await`.

/** @type {import('./wire.d.ts').Host | undefined} */
let installed;

/** @type {(() => import('./wire.d.ts').Host | undefined) | undefined} */
let finder;

/**
 * The one host there is.
 * @param {import('./wire.d.ts').Host} host
 */
export function install(host) {
  installed = host;
}

/**
 * Where to ask for the host of the call that runs.
 * @param {() => import('./wire.d.ts').Host | undefined} find
 */
export function installFinder(find) {
  finder = find;
}

/** The host of the call that runs. */
export function host() {
  const found = installed ?? finder?.();
  if (!found) {
    throw new Error('there is no host here: run the action by Host.run of hookbox/mock');
  }
  return found;
}
