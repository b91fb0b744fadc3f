/** Reading of plugins: every version, what only the answer about one version tells, and the figures of the last day. */
import { api } from "../../core/api.js";
import { useEffect, useState } from "../../core/html.js";
import { everyPage, useLoad } from "../../core/load.js";

/**
 * @typedef {import("./data.js").Plugin} Plugin
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("api").Schemas["PluginCalls"]} Figures
 */

/** How many versions are asked about at once. */
const AT_ONCE = 4;

/**
 * Every version that the workspace can use; there are few.
 * @param {AbortSignal} signal
 * @param {string} [name] Only those of this name.
 * @returns {Promise<Plugin[]>}
 */
export function everyVersion(signal, name) {
  return everyPage("/plugins", { name }, signal);
}

/**
 * What is known of each of these versions, as it comes: an error where it does not.
 * @param {string[]} ids
 * @returns {Record<string, Detail | Error>}
 */
export function useDetails(ids) {
  const [known, setKnown] = useState(/** @type {Record<string, Detail | Error>} */ ({}));
  useEffect(() => {
    const ended = new AbortController();
    const left = [...ids];
    const one = async () => {
      for (let id = left.shift(); id !== undefined && !ended.signal.aborted; id = left.shift()) {
        const found = await api.get(`/plugins/${id}`, { signal: ended.signal }).catch((error) => error);
        if (!ended.signal.aborted) setKnown((before) => ({ ...before, [/** @type {string} */ (id)]: found }));
      }
    };
    for (let at = 0; at < AT_ONCE; at += 1) one();
    return () => ended.abort();
  }, [ids.join()]);
  return known;
}

/**
 * How the plugins that were called fared in the last day, by name.
 * @returns {import("../../core/load.js").Loaded<Record<string, Figures>>}
 */
export function useFigures() {
  return useLoad(async (signal) => {
    const { items } = await api.get("/stats/plugins", { query: { range: "24h" }, signal });
    return Object.fromEntries(items.map((/** @type {Figures} */ one) => [one.name, one]));
  }, []);
}
