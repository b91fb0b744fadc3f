/** Modules that travel in one file, by their names: the program puts this in front of `app.js` (`host/admin/src/page/joined.rs`). */

/** What modules export that have run. @type {Map<string, Record<string, any>>} */
const ran = new Map();

/** @param {string} name below `ui` @returns {string} its address, in the folder of this version */
const address = (name) => new URL(name, import.meta.url).href;

export const $modules = {
  address,

  /** Runs a module, unless another file brought it before. @param {string} name @param {() => Record<string, any>} module */
  run(name, module) {
    if (!ran.has(name)) ran.set(name, module());
  },

  /** What a module exports; those who need it come after it. @param {string} name @returns {any} */
  of: (name) => ran.get(name),

  /** Loads a file with a module and what that needs. @param {string} name @returns {Promise<any>} */
  later: (name) => import(address(name)).then(() => ran.get(name)),
};
