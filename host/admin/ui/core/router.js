/** Where we are: the path below `/app`, its parameters and its query. Links and `navigate` go elsewhere without a reload. */
import { createContext, html, useContext, useEffect } from "./html.js";
import { createStore, useStore } from "./store.js";

/** What all addresses of the page begin with. */
const BASE = "/app";

/**
 * A page of an area, in its `routes.js`. `load` brings its module when it is first needed; the view is its default export.
 * A `bare` one has no frame and needs no log-in; a `hidden` one is not offered.
 * `ahead` begins to load what the view asks for at once.
 * @typedef {{ path: string, title: string, load: () => Promise<{ default: (props: any) => any }>, bare?: boolean, hidden?: boolean,
 *   styles?: string[], ahead?: () => Promise<unknown> }} Page
 */

/** @typedef {Record<string, string>} Values */

/** @typedef {{ path: string, query: Values, hash: string, position: number }} Place */

/** @typedef {{ path: string, params: Values, query: Values, setQuery: (patch: Record<string, string | null | undefined>) => void }} Route */

/** @returns {Place} where the address bar says that we are */
function here() {
  const { pathname, search, hash } = window.location;
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) || "/" : "/";
  const query = Object.fromEntries(new URLSearchParams(search));
  return { path, query, hash: hash.slice(1), position: Number(window.history.state?.position ?? 0) };
}

/** Where we are. */
export const place = createStore(here());

/** The texts of those who have something unsaved. @type {Set<{ text: string }>} */
const guards = new Set();

/** Asks whether to leave; the shell says how. @type {(text: string) => Promise<boolean>} */
let askToLeave = async () => true;

/** @param {(text: string) => Promise<boolean>} ask */
export function askToLeaveWith(ask) {
  askToLeave = ask;
}

/** @returns {boolean} whether somebody has something unsaved */
export function isUnsaved() {
  return guards.size > 0;
}

/** @returns {Promise<boolean>} whether nobody minds that we leave */
async function mayLeave() {
  const [guard] = guards;
  if (!guard) return true;
  const leaves = await askToLeave(guard.text);
  if (leaves) guards.clear();
  return leaves;
}

/**
 * The address of a path of the page, for `href`: `/runs/1` is `/app/runs/1`.
 * @param {string} path
 * @returns {string}
 */
export function href(path) {
  return `${BASE}${path === "/" ? "/" : path}`;
}

/**
 * Goes to a path of the page (`/runs?state=failed`). Who has something unsaved is asked first.
 * @param {string} path
 * @param {{ replace?: boolean }} [options] `replace`: the way back does not lead here
 * @returns {Promise<boolean>} whether we went
 */
export async function navigate(path, { replace = false } = {}) {
  if (!(await mayLeave())) return false;
  const position = place.get().position + (replace ? 0 : 1);
  window.history[replace ? "replaceState" : "pushState"]({ position }, "", href(path));
  const before = place.get().path;
  place.set(here());
  if (place.get().path !== before) window.scrollTo(0, 0);
  return true;
}

/** The way back and forth, also with somebody who minds. */
async function moved() {
  const from = place.get();
  const to = here();
  if (guards.size > 0 && to.path !== from.path) {
    const steps = to.position - from.position;
    window.removeEventListener("popstate", moved);
    window.history.go(-steps);
    await new Promise((resolve) => window.addEventListener("popstate", resolve, { once: true }));
    window.addEventListener("popstate", moved);
    if (await mayLeave()) window.history.go(steps);
    return;
  }
  place.set(to);
}

window.addEventListener("popstate", moved);
window.addEventListener("beforeunload", (event) => {
  if (guards.size > 0) event.preventDefault();
});

/**
 * While `dirty`, leaving is asked about.
 * @param {boolean} dirty
 * @param {string} [text]
 */
export function useLeaveGuard(dirty, text = "What you changed here is not saved.") {
  useEffect(() => {
    if (!dirty) return undefined;
    const guard = { text };
    guards.add(guard);
    return () => {
      guards.delete(guard);
    };
  }, [dirty, text]);
}

/**
 * The parameters of a path by a pattern (`/runs/:id`), or null when it is another one.
 * @param {string} pattern
 * @param {string} path
 * @returns {Values | null}
 */
export function match(pattern, path) {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  /** @type {Values} */
  const params = {};
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = decoded(given[at]);
    else if (part !== given[at]) return null;
  }
  return params;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The page of a path: the first whose pattern suits, one without parameters before one with.
 * @param {Page[]} pages
 * @param {string} path
 * @returns {{ page: Page, params: Values } | null}
 */
export function pageOf(pages, path) {
  const exact = pages.find((page) => !page.path.includes(":") && match(page.path, path));
  if (exact) return { page: exact, params: {} };
  for (const page of pages) {
    const params = match(page.path, path);
    if (params) return { page, params };
  }
  return null;
}

/** The parameters of the page that is shown. */
export const Params = createContext(/** @type {Values} */ ({}));

/**
 * Where we are, for a page. `setQuery` changes parts of the query without a new entry in the history; what is empty is
 * left out.
 * @returns {Route}
 */
export function useRoute() {
  const { path, query } = useStore(place);
  return { path, params: useContext(Params), query, setQuery };
}

/** @param {Record<string, string | null | undefined>} patch */
function setQuery(patch) {
  const merged = { ...place.get().query, ...patch };
  const pairs = /** @type {[string, string][]} */ (Object.entries(merged).filter(([, value]) => value));
  const text = new URLSearchParams(pairs).toString();
  const { position, path } = place.get();
  window.history.replaceState({ position }, "", `${href(path)}${text ? `?${text}` : ""}`);
  place.set(here());
}

/**
 * A link to a path of the page. What `rest` holds goes to the `a`.
 * @param {{ to: string, children?: any, replace?: boolean, [rest: string]: any }} props
 */
export function Link({ to, children, replace = false, ...rest }) {
  const follow = (/** @type {MouseEvent} */ event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!plain || event.defaultPrevented) return;
    event.preventDefault();
    navigate(to, { replace });
  };
  return html`<a href=${href(to)} onClick=${follow} ...${rest}>${children}</a>`;
}
