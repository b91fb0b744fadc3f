/** Data of views: `useLoad` for one answer, `usePages` for `{items, next}` pages. Both keep what they have while they ask. */
import { api } from "./api.js";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./html.js";
import { rests } from "./presence.js";

/**
 * @template T
 * @typedef {object} Loaded
 * @property {T | null} data what came last; kept while it is asked for again, also with other `deps` (`stale` then)
 * @property {boolean} stale whether `data` belongs to other `deps` than these
 * @property {any} error why the last try failed
 * @property {boolean} loading whether an answer is waited for
 * @property {() => Promise<void>} reload asks again
 * @property {(data: T) => void} set puts something else in its place, such as the answer to a change
 */

/**
 * Loads with `fn`, again whenever `deps` change. `fn` gets a signal that ends the request when nobody waits for it.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} fn
 * @param {readonly unknown[]} deps
 * @param {{ every?: number }} [options] `every`: asks again after so many milliseconds while the tab is shown
 * @returns {Loaded<T>}
 */
export function useLoad(fn, deps, { every } = {}) {
  const [state, setState] = useState({ data: /** @type {T | null} */ (null), error: /** @type {any} */ (null), loading: true, stale: false });
  const current = useRef(/** @type {AbortController | null} */ (null));
  const latest = useRef(fn);
  latest.current = fn;

  const ask = useCallback(async () => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    setState((before) => ({ ...before, loading: true }));
    try {
      const data = await latest.current(mine.signal);
      if (current.current === mine) setState({ data, error: null, loading: false, stale: false });
    } catch (error) {
      if (current.current === mine) setState((before) => ({ ...before, error, loading: false }));
    }
  }, []);

  // Before it is painted: a view that waits for a frame asks later by that frame.
  useLayoutEffect(() => {
    setState((before) => ({ ...before, error: null, stale: before.data !== null }));
    ask();
    return () => {
      current.current?.abort();
      current.current = null;
    };
  }, deps);
  useEvery(every, ask);
  useReturn(state.error, ask);

  const set = useCallback((/** @type {T} */ data) => setState({ data, error: null, loading: false, stale: false }), []);
  return { ...state, reload: ask, set };
}

/**
 * @param {number | undefined} every
 * @param {() => void} ask
 */
function useEvery(every, ask) {
  useEffect(() => {
    if (!every) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden && !rests.get()) ask();
    }, every);
    return () => clearInterval(timer);
  }, [every]);
}

/** How often a host that did not answer is asked again, in milliseconds. */
const AGAIN_MS = 4_000;

/**
 * Asks again while the host does not answer, so that what is shown mends itself when it is back.
 * @param {any} error why the last try failed
 * @param {() => void} ask
 */
function useReturn(error, ask) {
  useEffect(() => {
    if (error?.status !== 0) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden && !rests.get()) ask();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [error, ask]);
}

/**
 * @typedef {object} Pages
 * @property {any[]} items what came so far
 * @property {any} error
 * @property {boolean} loading
 * @property {boolean} hasMore
 * @property {() => Promise<void>} more brings the next page
 * @property {() => Promise<void>} reload begins anew, and shows what there was until the answer is there
 * @property {(change: (items: any[]) => any[]) => void} change puts something else in place of the items
 */

/**
 * The pages of a list. Begins anew when the path or the query changes; a `path` of null loads nothing.
 * @param {string | null} path
 * @param {import("./api.js").Query} [query]
 * @returns {Pages}
 */
export function usePages(path, query = {}) {
  const key = JSON.stringify([path, query]);
  const first = { key, items: /** @type {any[]} */ ([]), next: /** @type {string | null} */ (null), error: null, loading: path !== null };
  const [state, setState] = useState(first);
  const current = useRef(/** @type {AbortController | null} */ (null));

  const ask = useCallback(
    async (/** @type {string | null} */ after) => {
      if (path === null) return;
      current.current?.abort();
      const mine = new AbortController();
      current.current = mine;
      setState((before) => ({ ...(before.key === key ? before : first), loading: true }));
      try {
        const page = await api.get(path, { query: { ...query, after }, signal: mine.signal });
        if (current.current !== mine) return;
        setState((before) => {
          const items = after === null ? page.items : [...before.items, ...page.items];
          return { key, items, next: page.next ?? null, error: null, loading: false };
        });
      } catch (/** @type {any} */ error) {
        if (current.current === mine) setState((before) => ({ ...before, error, loading: false }));
      }
    },
    [key],
  );
  useLayoutEffect(() => {
    ask(null);
    return () => {
      current.current?.abort();
      current.current = null;
    };
  }, [key]);

  const shown = state.key === key ? state : first;
  useReturn(shown.error, useCallback(() => ask(shown.items.length > 0 ? shown.next : null), [ask, shown.next, shown.items.length === 0]));
  return {
    items: shown.items,
    error: shown.error,
    loading: shown.loading,
    hasMore: shown.next !== null,
    more: () => (shown.loading || shown.next === null ? Promise.resolve() : ask(shown.next)),
    reload: () => ask(null),
    change: useMemo(() => (change) => setState((before) => ({ ...before, items: change(before.items) })), []),
  };
}

/** How many items one request brings: the most that the API gives. */
const PAGE_MAX = 1_000;

/** The most items that are read to be chosen from or counted. */
const EVERY_MAX = 20_000;

/**
 * Every page of a list that is needed whole, such as one to choose from; of an endless one the first 20,000.
 * @param {string} path
 * @param {import("./api.js").Query} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any[]>}
 */
export async function everyPage(path, query = {}, signal) {
  const items = [];
  /** @type {string | null} */
  let after = null;
  do {
    const page = /** @type {{ items: any[], next: string | null }} */ (await api.get(path, { query: { limit: PAGE_MAX, ...query, after }, signal }));
    items.push(...page.items);
    after = page.next;
  } while (after && items.length < EVERY_MAX);
  return items;
}

/**
 * A value as it was `ms` milliseconds ago without a change since: what somebody types, once they pause.
 * @template T
 * @param {T} value
 * @param {number} [ms]
 * @returns {T}
 */
export function useSettled(value, ms = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
