/** Plugins as the API tells of them, and what follows from that without asking it again. */

/**
 * @typedef {import("api").Schemas["Need"]} Need
 * @typedef {import("api").Schemas["NeedsChange"]} NeedsChange
 * @typedef {import("api").Schemas["Plugin"]} Plugin
 * @typedef {import("api").Schemas["PluginDetail"]} Detail
 * @typedef {import("api").Schemas["HealthState"]} Health
 * @typedef {import("api").Schemas["PluginFault"]} PluginFault
 * @typedef {import("api").Schemas["InspectionReport"]} Report
 * @typedef {import("api").Schemas["InspectionFault"]} InspectionFault
 *
 * @typedef {object} Named All versions of one name.
 * @property {string} name
 * @property {Plugin[]} versions The newest first.
 * @property {Plugin} shown The one that new runs take, else the newest.
 * @property {Plugin | null} waiting The newest version that waits for a decision.
 */

/**
 * The versions by their name; names in the order of the alphabet, the workspace's own first.
 * @param {Plugin[]} plugins
 * @returns {Named[]}
 */
export function byName(plugins) {
  /** @type {Map<string, Plugin[]>} */
  const names = new Map();
  for (const plugin of plugins) {
    const versions = names.get(plugin.manifest.name) ?? [];
    names.set(plugin.manifest.name, [...versions, plugin]);
  }
  const all = [...names].map(([name, found]) => named(name, found));
  return all.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

/**
 * @param {string} name
 * @param {Plugin[]} found
 * @returns {Named}
 */
function named(name, found) {
  const versions = newestFirst(found);
  const waiting = versions.find((plugin) => plugin.approval.state === "pending") ?? null;
  return { name, versions, shown: serving(versions) ?? versions[0], waiting };
}

/** @param {Named} one */
function rank(one) {
  return one.versions.some(isOwn) ? 0 : 1;
}

/**
 * The version that new runs take: one of the workspace's own comes before one of the host's.
 * @param {Plugin[]} versions
 */
export function serving(versions) {
  const active = versions.filter((plugin) => plugin.active);
  return active.find(isOwn) ?? active[0] ?? null;
}

/**
 * @template {Plugin} P
 * @param {P[]} versions
 * @returns {P[]}
 */
export function newestFirst(versions) {
  return [...versions].sort((one, other) => other.installed_at.localeCompare(one.installed_at));
}

/**
 * Whether the workspace may decide about it.
 * @param {Plugin} plugin
 */
export function isOwn(plugin) {
  return plugin.origin === "uploaded";
}

/** @type {Record<Plugin["origin"], string>} */
const ORIGINS = { "built-in": "built in", folder: "the host's folder", uploaded: "uploaded" };

/** @param {Plugin} plugin */
export function originText(plugin) {
  return ORIGINS[plugin.origin];
}

/**
 * The version that a rollback would make active, as the API chooses it.
 * @param {Plugin[]} versions
 * @returns {Plugin | null}
 */
export function before(versions) {
  const own = versions.filter(isOwn);
  const present = own.find((plugin) => plugin.active);
  if (!present) return null;
  const older = own.filter(
    (plugin) => plugin.approval.state === "approved" && plugin.activated_at !== null && plugin.id < present.id,
  );
  return older.sort((one, other) => (one.id < other.id ? 1 : -1))[0] ?? null;
}
