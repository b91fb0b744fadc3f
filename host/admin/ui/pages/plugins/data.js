/** Plugins as the API tells of them, and what follows from that without asking it again. */

/**
 * @typedef {{capability: string, scope: string[], reason: string}} Need
 * @typedef {{state: "pending"} | {state: "approved", by: string, at: string}
 *   | {state: "refused", by: string, at: string, reason: string}} Approval
 * @typedef {{name: string, version: string, title: string, description: string, settings: any, needs: Need[]}} Manifest
 * @typedef {object} Plugin
 * @property {string} id
 * @property {Manifest} manifest
 * @property {string} digest
 * @property {number} component_bytes
 * @property {"built-in" | "folder" | "uploaded"} origin
 * @property {Approval} approval
 * @property {Need[]} grants
 * @property {boolean} active
 * @property {string} installed_at
 * @property {string | null} activated_at
 *
 * @typedef {{added: Need[], kept: Need[], dropped: Need[]}} NeedsChange
 * @typedef {{state: "healthy"} | {state: "quarantined", until: string} | {state: "probing"}} Health
 * @typedef {{at: string, run: string, step: string, message: string, backtrace: string}} PluginFault
 * @typedef {object} Known What only the answer about one version tells.
 * @property {NeedsChange | null} change
 * @property {{id: string, name: string}[]} used_by
 * @property {Health} health
 * @property {PluginFault | null} last_fault
 * @property {{keys: number, bytes: number}} state
 * @typedef {Plugin & Known} Detail
 *
 * @typedef {{code: string, message: string, mend: string}} InspectionFault
 * @typedef {object} Report
 * @property {string} digest
 * @property {number} bytes
 * @property {InspectionFault[]} faults
 * @property {InspectionFault[]} warnings
 * @property {string[]} imports
 * @property {number} functions
 * @property {number} core_instances
 * @property {number} memories
 * @property {number} tables
 * @property {number | null} compile_ms
 * @property {number | null} describe_ms
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

/**
 * How a version stands, in a word and its tone.
 * @param {Plugin} plugin
 * @returns {{text: string, tone: "ok" | "bad" | "warn" | "info" | "idle"}}
 */
export function standing(plugin) {
  if (plugin.active) return { text: "active", tone: "ok" };
  switch (plugin.approval.state) {
    case "pending":
      return { text: "to be decided", tone: "warn" };
    case "refused":
      return { text: "refused", tone: "bad" };
    case "approved":
      return { text: "approved", tone: "idle" };
  }
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
