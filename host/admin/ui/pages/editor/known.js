/** What documents may name in the workspace: inboxes, lists, members, secrets, templates, contact fields, plugins. */

import { createContext, useContext, useEffect } from "../../core/html.js";
import { everyPage, useLoad } from "../../core/load.js";
import { rests } from "../../core/presence.js";
import { useSession } from "../../core/session.js";

/** @typedef {import("api").Schemas["Plugin"]} Plugin */

/**
 * @typedef {object} Names
 * @property {string[]} inboxes
 * @property {string[]} lists
 * @property {string[]} members
 * @property {string[] | null} secrets null for who may not read their names
 * @property {{name: string, body: string}[]} templates
 * @property {{name: string, kind: string, options: string[], many: boolean}[]} fields
 * @property {Plugin[]} plugins those that are active, one of each name, by title
 */

/** @typedef {Names & {ready: boolean, error: Error | null, reload: () => Promise<void>}} Known */

/** @type {Names} */
const NOTHING = { inboxes: [], lists: [], members: [], secrets: [], templates: [], fields: [], plugins: [] };
/** @type {Known} */
const UNREAD = { ...NOTHING, ready: false, error: null, reload: async () => {} };

export const KnownNames = createContext(UNREAD);

/** What the document may name, wherever the editor is shown. */
export function useKnown() {
  return useContext(KnownNames);
}

/**
 * Calls when somebody comes back to the window: in another one they may have made what is missing here.
 * @param {() => void} back
 */
export function useComingBack(back) {
  useEffect(() => {
    const came = () => {
      if (!rests.get()) back();
    };
    window.addEventListener("focus", came);
    return () => window.removeEventListener("focus", came);
  }, [back]);
}

/**
 * Loads what documents may name, again when somebody comes back to the window.
 * @returns {Known}
 */
export function useNames() {
  const { can } = useSession();
  const { data, error, reload } = useLoad((signal) => readNames(signal, can("admin")), [can("admin")]);
  useComingBack(reload);
  return { ...(data ?? NOTHING), ready: data !== null, error, reload };
}

/**
 * @param {AbortSignal} signal
 * @param {boolean} withSecrets
 * @returns {Promise<Names>}
 */
async function readNames(signal, withSecrets) {
  const paths = ["/inboxes", "/lists", "/members", "/templates", "/fields", "/plugins"];
  const [secrets, ...read] = await Promise.all([withSecrets ? everyPage("/plugin-secrets", {}, signal) : null, ...paths.map((path) => everyPage(path, {}, signal))]);
  const [inboxes, lists, members, templates, fields, plugins] = /** @type {[any[], any[], any[], any[], any[], any[]]} */ (read);
  return {
    inboxes: names(inboxes), lists: names(lists), members: names(members), secrets: secrets && names(secrets), templates, fields,
    plugins: inForce(plugins),
  };
}

/** @param {{name: string}[]} items */
function names(items) {
  return items.map(({ name }) => name).sort((one, other) => one.localeCompare(other));
}

/**
 * The version of each name that runs: the workspace's own before the host's.
 * @param {Plugin[]} plugins
 */
function inForce(plugins) {
  /** @type {Map<string, Plugin>} */
  const byName = new Map();
  for (const plugin of plugins.filter(({ active }) => active)) {
    const before = byName.get(plugin.manifest.name);
    if (!before || plugin.origin === "uploaded") byName.set(plugin.manifest.name, plugin);
  }
  return [...byName.values()].sort((one, other) => one.manifest.title.localeCompare(other.manifest.title));
}
