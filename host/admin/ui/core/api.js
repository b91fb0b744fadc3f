/** The API: JSON in, JSON out, refusals as `ApiError`; uploads with progress; live answers. The only place that calls `fetch`. */
import { createStore } from "./store.js";
import { follow } from "./follow.js";
import { isSomebodyThere, rests } from "./presence.js";
import { upload } from "./upload.js";
import { readWith, written } from "./verbatim.js";

/** What every path begins with. */
const ROOT = "/api/v1";

/**
 * A fault of a body: `at` as the API says it (`steps[1].settings.list`), `path` the same as a JSON pointer.
 * @typedef {{ at: string, path: string, message: string }} Fault
 */

/** @typedef {Record<string, string | number | boolean | null | undefined>} Query What is absent or empty is left out. */

/**
 * Why the API refused, or why it could not be asked (`status` 0).
 */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{ title?: string, detail?: string, type?: string, faults?: { at: string, message: string }[],
   *   request_id?: string, report?: any }} problem
   * @param {number | null} [retryAfter] seconds
   */
  constructor(status, problem, retryAfter = null) {
    super(problem.detail ?? problem.title ?? "The request failed");
    this.name = "ApiError";
    this.status = status;
    this.title = problem.title ?? "Failed";
    this.detail = problem.detail ?? "";
    this.type = problem.type ?? "about:blank";
    /** @type {Fault[]} */
    this.faults = (problem.faults ?? []).map((fault) => ({ ...fault, path: pointer(fault.at) }));
    this.request_id = problem.request_id ?? "";
    this.retry_after = retryAfter;
    /** What was found in a component that cannot become a plugin. */
    this.report = problem.report ?? null;
  }
}

/**
 * A place of the API as a JSON pointer: `steps[1].settings.list` is `/steps/1/settings/list`.
 * @param {string} at
 * @returns {string}
 */
export function pointer(at) {
  if (at === "" || at.startsWith("/")) return at;
  const parts = at.match(/[^.[\]]+/g) ?? [];
  return parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The workspace that requests are about: its id; empty before one is chosen. */
let workspace = "";

/**
 * From now on requests are about this workspace.
 * @param {string} id
 */
export function useWorkspaceInRequests(id) {
  workspace = id;
}

/** Counts up whenever the API says that nobody is logged in: the session watches it. */
export const signedOut = createStore(0);

/** @returns {Record<string, string>} the headers of every request */
function commonHeaders() {
  return {
    ...(workspace ? { "Hookbox-Workspace": workspace } : {}),
    ...(isSomebodyThere() ? {} : { "Hookbox-Background": "1" }),
  };
}

/**
 * The address of a path with its query.
 * @param {string} path
 * @param {Query} [query]
 * @returns {string}
 */
export function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return `${ROOT}${path}${text ? `?${text}` : ""}`;
}

/**
 * The refusal that an answer is.
 * @param {number} status
 * @param {string} text
 * @param {string | null} retryAfter
 * @returns {ApiError}
 */
export function refusal(status, text, retryAfter = null) {
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    problem = { title: `Answer ${status}`, detail: "The host, or something in front of it, answered with no reason." };
  }
  return new ApiError(status, problem, retryAfter === null ? null : Number(retryAfter) || null);
}

/** @param {unknown} error @returns {ApiError} */
function unreachable(error) {
  const detail = "The host cannot be reached. It may be starting anew, or the network is away.";
  return Object.assign(new ApiError(0, { title: "No answer", detail }), { cause: error });
}

/** The refusal of what is asked while the page rests: the host would say the same. @returns {ApiError} */
function ended() {
  return new ApiError(401, { title: "Session ended", detail: "Your session has ended; log in again." });
}

/** Says to whoever watches that the session is over. @param {ApiError} error */
function noticed(error) {
  if (error.status === 401) signedOut.set(signedOut.get() + 1);
  return error;
}

/** What `first.js` asked before there were modules, by its address. @type {Map<string, Promise<Response>>} */
const asked = /** @type {any} */ (window).hookboxAsked ?? new Map();
// Whoever takes an answer hears why there is none.
for (const answer of asked.values()) answer.catch(() => {});

/** @param {string} url @returns {Promise<Response> | undefined} what was asked already; it is given once */
function taken(url) {
  const answer = asked.get(url);
  asked.delete(url);
  return answer;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {{ query?: Query, signal?: AbortSignal, type?: string, accept?: string, quiet?: boolean, verbatim?: string[][] }} options
 * @returns {Promise<any>}
 */
async function ask(method, path, body, { query, signal, type, accept, quiet, verbatim = [] } = {}) {
  // Only who logs in asks quietly.
  if (rests.get() && !quiet) throw ended();
  const headers = { ...commonHeaders(), Accept: accept ?? "application/json" };
  /** @type {RequestInit} */
  const request = { method, signal, headers, credentials: "same-origin", cache: "no-store", redirect: "error" };
  if (body !== undefined) {
    request.body = type === undefined ? written(body) : /** @type {BodyInit} */ (body);
    Object.assign(headers, { "Content-Type": type ?? "application/json" });
  }
  let answer;
  let text;
  try {
    const url = address(path, query);
    answer = await ((method === "GET" && taken(url)) || fetch(url, request));
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(error);
  }
  if (!answer.ok) {
    const error = refusal(answer.status, text, answer.headers.get("Retry-After"));
    throw quiet ? error : noticed(error);
  }
  const said = answer.headers.get("Content-Type") ?? "";
  return text && said.includes("json") ? readWith(text, verbatim) : text || null;
}

/**
 * @typedef {object} Options
 * @property {Query} [query]
 * @property {AbortSignal} [signal]
 * @property {string} [accept] another media type than JSON; the answer is then a text
 * @property {string[][]} [verbatim] the places of what keeps its text; see `verbatim.js`
 * @property {boolean} [quiet] a 401 is told to the caller only, as on the log-in page
 */

export const api = {
  /** @param {string} path @param {Options} [options] @returns {Promise<any>} */
  get: (path, options = {}) => ask("GET", path, undefined, options),
  /**
   * With `type` the body is sent as it is (a text of YAML), else as JSON.
   * @param {string} path @param {unknown} [body] @param {Options & { type?: string }} [options] @returns {Promise<any>}
   */
  post: (path, body, options = {}) => ask("POST", path, body, options),
  /** @param {string} path @param {unknown} body @param {Options & { type?: string }} [options] @returns {Promise<any>} */
  put: (path, body, options = {}) => ask("PUT", path, body, options),
  /** @param {string} path @param {unknown} body @param {Options & { type?: string }} [options] @returns {Promise<any>} */
  patch: (path, body, options = {}) => ask("PATCH", path, body, options),
  /** @param {string} path @param {Options} [options] @returns {Promise<any>} */
  delete: (path, options = {}) => ask("DELETE", path, undefined, options),

  /**
   * Sends a file and tells how it goes: `onProgress(sent, total)` in bytes, `onLine(line)` for every line that the host
   * tells while it works. Resolves to the answer; a refusal throws as everywhere.
   * @param {string} path
   * @param {Blob | null} file
   * @param {{ query?: Query, signal?: AbortSignal, body?: unknown, onProgress?: (sent: number, total: number) => void,
   *   onLine?: (line: any) => void }} [options]
   * @returns {Promise<any>}
   */
  async upload(path, file, options = {}) {
    if (rests.get()) throw ended();
    try {
      return await upload(address(path, options.query), file, { ...options, headers: commonHeaders(), refusal });
    } catch (error) {
      if (error instanceof ApiError) throw noticed(error);
      if (options.signal?.aborted) throw error;
      throw unreachable(error);
    }
  },

  /**
   * Follows a live answer (server-sent events) until `close()`, which is what it returns: `on.run(data)` for each event
   * `run`. It connects again by itself, and rests while the tab is hidden; `onState` is told `open` or `away`.
   * @param {string} path
   * @param {{ query?: Query, on: Record<string, (data: any) => void>, onState?: (state: "open" | "away") => void }} options
   * @returns {() => void}
   */
  events(path, { query, on, onState }) {
    const refused = (/** @type {number} */ status) => noticed(refusal(status, ""));
    return follow(address(path, query), { headers: commonHeaders, on, onState, refused });
  },
};
