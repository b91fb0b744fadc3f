/** Follows server-sent events over `fetch`, which can say the workspace in a header, as `EventSource` cannot. */
import { rests } from "./presence.js";

/** How long to wait before connecting again, in milliseconds: doubled each time, and begun anew with each event. */
const WAIT = { first: 1_000, most: 30_000 };

/**
 * @typedef {object} Follow
 * @property {() => Record<string, string>} headers
 * @property {Record<string, (data: any) => void>} on
 * @property {((state: "open" | "away") => void) | undefined} onState
 * @property {(status: number) => void} refused told when the host will not answer (401, 403, 404)
 */

/**
 * Follows until the function that it returns is called.
 * @param {string} url
 * @param {Follow} options
 * @returns {() => void}
 */
export function follow(url, { headers, on, onState, refused }) {
  let over = false;
  let wait = WAIT.first;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {AbortController | null} */
  let current = null;

  const dispatch = (/** @type {string} */ name, /** @type {string} */ data) => {
    wait = WAIT.first;
    on[name]?.(JSON.parse(data));
  };
  const again = () => {
    onState?.("away");
    if (over || document.hidden || rests.get()) return;
    timer = setTimeout(connect, wait * (0.8 + Math.random() * 0.4));
    wait = Math.min(wait * 2, WAIT.most);
  };
  const connect = async () => {
    const mine = new AbortController();
    current = mine;
    try {
      const request = { headers: { ...headers(), Accept: "text/event-stream" }, signal: mine.signal };
      const answer = await fetch(url, { ...request, cache: "no-store", credentials: "same-origin" });
      if ([401, 403, 404].includes(answer.status)) {
        // Whoever logs in again is told again; what may not be looked at stays so.
        over = answer.status !== 401;
        refused(answer.status);
      } else if (answer.ok && answer.body) {
        onState?.("open");
        await readEvents(answer.body, dispatch);
      }
    } catch {
      // The connection broke off, or was given up by us: what follows is the same.
    }
    if (current === mine) again();
  };
  const shown = () => {
    clearTimeout(timer);
    current?.abort();
    current = null;
    if (over) return;
    if (document.hidden || rests.get()) onState?.("away");
    else connect();
  };
  document.addEventListener("visibilitychange", shown);
  const unwatch = rests.watch(shown);
  if (!document.hidden && !rests.get()) connect();
  return () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", shown);
    unwatch();
    const last = current;
    current = null;
    last?.abort();
  };
}

/**
 * Reads a stream of events to its end.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(name: string, data: string) => void} dispatch
 */
async function readEvents(body, dispatch) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let rest = "";
  let name = "message";
  /** @type {string[]} */
  let data = [];
  const line = (/** @type {string} */ text) => {
    if (text === "") {
      if (data.length > 0) dispatch(name, data.join("\n"));
      name = "message";
      data = [];
    } else if (text.startsWith("event:")) {
      name = text.slice(6).trim();
    } else if (text.startsWith("data:")) {
      data.push(text.slice(5).replace(/^ /, ""));
    }
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  }
}
