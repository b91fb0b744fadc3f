/** Sends a file with progress and reads the lines of JSON that the host answers while it works. `fetch` tells no progress. */

/**
 * @param {string} url
 * @param {Blob | null} file without one `body` is sent as JSON
 * @param {{ headers: Record<string, string>, body?: unknown, signal?: AbortSignal,
 *   refusal: (status: number, text: string, retryAfter: string | null) => Error,
 *   onProgress?: (sent: number, total: number) => void, onLine?: (line: any) => void }} options
 * @returns {Promise<any>}
 */
export function upload(url, file, { headers, body, signal, refusal, onProgress, onLine }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const lines = linesOf((line) => onLine?.(line));
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader("Accept", "application/x-ndjson, application/json;q=0.9");
    request.setRequestHeader("Content-Type", file ? "application/wasm" : "application/json");
    request.upload.addEventListener("progress", (event) => onProgress?.(event.loaded, event.total));
    request.addEventListener("progress", () => {
      if (request.status < 300) lines.read(request.responseText);
    });
    request.addEventListener("load", () => {
      const retryAfter = request.getResponseHeader("Retry-After");
      if (request.status >= 300) return reject(refusal(request.status, request.responseText, retryAfter));
      const last = lines.end(request.responseText);
      const problem = last?.problem;
      if (problem) return reject(refusal(problem.status, JSON.stringify(problem), null));
      return resolve(last);
    });
    request.addEventListener("error", () => reject(new Error("the connection broke off")));
    request.addEventListener("abort", () => reject(new DOMException("given up", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    if (signal?.aborted) return reject(new DOMException("given up", "AbortError"));
    return request.send(file ?? JSON.stringify(body ?? {}));
  });
}

/**
 * Reads a growing text line by line. Whole lines but the last are told at once; the last one is the answer.
 * @param {(line: any) => void} tell
 */
function linesOf(tell) {
  let at = 0;
  /** @type {any} */
  let held;
  const take = (/** @type {string} */ text) => {
    if (!text.trim()) return;
    if (held !== undefined) tell(held);
    held = JSON.parse(text);
  };
  return {
    /** @param {string} text */
    read(text) {
      for (let end = text.indexOf("\n", at); end >= 0; end = text.indexOf("\n", at)) {
        take(text.slice(at, end));
        at = end + 1;
        if (held?.phase !== undefined) {
          tell(held);
          held = undefined;
        }
      }
    },
    /** @param {string} text */
    end(text) {
      this.read(text);
      take(text.slice(at));
      return held;
    },
  };
}
