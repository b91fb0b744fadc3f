/** A value that many views look at: who is logged in, where we are, which toasts stand. Setting it draws them anew. */
import { useEffect, useState } from "./html.js";

/**
 * @template T
 * @typedef {{ get: () => T, set: (value: T) => void, watch: (told: (value: T) => void) => () => void }} Store
 */

/**
 * A store with a first value.
 * @template T
 * @param {T} first
 * @returns {Store<T>}
 */
export function createStore(first) {
  let current = first;
  /** @type {Set<(value: T) => void>} */
  const watchers = new Set();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const told of [...watchers]) told(value);
    },
    watch(told) {
      watchers.add(told);
      return () => {
        watchers.delete(told);
      };
    },
  };
}

/**
 * The store's value in a view, which is drawn anew when it changes.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    setValue(() => store.get());
    return store.watch((next) => setValue(() => next));
  }, [store]);
  return value;
}
