/** What contacts are called, as the host calls them in lists of runs. */

/** A person written to. @typedef {import("api").Schemas["Contact"]} Contact */

/** The name in the fields, or nothing. @param {Contact} contact */
export function fullName({ fields }) {
  const text = (/** @type {string} */ field) => (typeof fields[field] === "string" ? String(fields[field]).trim() : "");
  return [text("first_name"), text("last_name")].filter(Boolean).join(" ") || text("full_name") || text("name");
}

/** By name, else by what it is found by. @param {Contact} contact @returns {string} */
export function contactName(contact) {
  return fullName(contact) || contact.phone || contact.email || contact.external_id || "Contact";
}

/** Whether they may be written to, in the word of a badge; nothing when they may.
 * @param {Contact} contact @returns {{word: string, reason: string, at: string}|null} */
export function refusalOf({ consent }) {
  if (consent.blocked) return { word: "Blocked", ...consent.blocked };
  if (consent.opted_out) return { word: "Opted out", ...consent.opted_out };
  return null;
}
