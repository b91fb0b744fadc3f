/** What lists of contacts show of each. */
import { html } from "../../core/html.js";
import { Ago } from "../../core/time.js";
import { Badge } from "../../views/badge.js";
import { contactName, fullName, refusalOf } from "./names.js";

/** @typedef {import("./names.js").Contact} Contact */

/** So many tags are shown on one line. */
const TAGS_SHOWN = 3;

/** Tags on one line.
 * @param {{tags: string[]}} props */
export function Tags({ tags }) {
  if (tags.length === 0) return null;
  return html`<span class="contact-tags" title=${tags.join(", ")}>${tags.slice(0, TAGS_SHOWN).map((tag) => html`<span key=${tag} class="contact-tag">${tag}</span>`)}${
    tags.length > TAGS_SHOWN ? html`<span class="faint">+${tags.length - TAGS_SHOWN}</span>` : ""}</span>`;
}

/** Whether they may be written to; nothing is said of those who may.
 * @param {{contact: Contact}} props */
export function Consent({ contact }) {
  const refusal = refusalOf(contact);
  return refusal && html`<${Badge} tone="warn" title=${refusal.reason}>${refusal.word}<//>`;
}

/** @type {import("../runs/rows.js").Column<Contact>[]} */
export const CONTACT_COLUMNS = [
  { key: "name", title: "Name", width: "minmax(140px, 1.3fr)", cell: (contact) =>
    html`<span class="pair-cut"><span class="run-name">${contactName(contact)}</span><${Consent} contact=${contact} /></span>` },
  { key: "phone", title: "Phone", width: "minmax(120px, 1fr)", second: true, cell: (contact) =>
    html`<span class="fit num">${contact.phone ?? (fullName(contact) ? contact.email ?? contact.external_id ?? "" : "")}</span>` },
  { key: "email", title: "Email", width: "minmax(0, 1.3fr)", wide: true, cell: (contact) => html`<span class="fit">${contact.email}</span>` },
  { key: "lists", title: "Lists", width: "minmax(0, 1fr)", wide: true, cell: (contact) =>
    html`<span class="fit">${contact.lists.map(({ name }) => name || "removed list").join(", ")}</span>` },
  { key: "tags", title: "Tags", width: "minmax(0, 1fr)", wide: true, cell: (contact) => html`<${Tags} tags=${contact.tags} />` },
  { key: "when", title: "Changed", width: "104px", end: true, second: true, cell: (contact) => html`<${Ago} at=${contact.updated_at} />` },
];
