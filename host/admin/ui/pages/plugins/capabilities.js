/** What capabilities and their scopes mean, in the words of whoever decides about them. */

/**
 * @typedef {import("./data.js").Need} Need
 * @typedef {object} Capability
 * @property {string} title What it allows.
 * @property {string} every What `*` means for it.
 * @property {import("../../views/icon.js").IconName} icon
 * @property {boolean} leaves Whether something can leave this host by it.
 */

/** @type {Record<string, Capability>} */
const CAPABILITIES = {
  "contacts.read": { title: "Read contact fields", every: "every field", icon: "eye", leaves: false },
  "contacts.write": { title: "Write contact fields", every: "every field", icon: "pencil", leaves: false },
  "contacts.tag": { title: "Add and remove tags", every: "every tag", icon: "hash", leaves: false },
  "lists.write": { title: "Add to and remove from lists", every: "every list", icon: "list", leaves: false },
  "conversations.write": { title: "Change conversations", every: "every change", icon: "message-square", leaves: false },
  "messages.send": { title: "Send messages", every: "every inbox", icon: "mail", leaves: true },
  state: { title: "Remember between runs", every: "every key", icon: "archive", leaves: false },
  http: { title: "Call other machines", every: "anywhere the host lets plugins go", icon: "external-link", leaves: true },
  secret: { title: "Use secrets, without seeing them", every: "every secret", icon: "key-round", leaves: true },
};

/**
 * @param {string} name
 * @returns {Capability}
 */
export function capability(name) {
  return CAPABILITIES[name] ?? { title: name, every: "everything", icon: "puzzle", leaves: false };
}

/**
 * A scope as people read it.
 * @param {string} name The capability.
 * @param {string} scope
 */
export function scopeText(name, scope) {
  if (scope === "*") return capability(name).every;
  if (name === "state" && scope.endsWith("*")) return `keys that begin with ${scope.slice(0, -1)}`;
  return scope;
}

/**
 * One need in a line: `Add and remove tags: hot-lead, cold-lead`.
 * @param {Need} need
 */
export function needText(need) {
  const scopes = need.scope.map((scope) => scopeText(need.capability, scope));
  return `${capability(need.capability).title}: ${scopes.join(", ")}`;
}
