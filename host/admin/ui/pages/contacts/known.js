/** Contacts by their id, asked for when a row about them comes into sight, and remembered for a while. */
import { html, useEffect, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { useSession } from "../../core/session.js";
import { contactName } from "./names.js";

/** @typedef {import("./names.js").Contact} Contact */

/** How long an answer is good, in milliseconds. */
const GOOD_MS = 60_000;
/** So many are remembered. */
const KEPT = 500;

/** @type {Map<string, {at: number, contact: Promise<Contact|null>}>} */
const known = new Map();

/** @param {string} workspace @param {string} id @returns {Promise<Contact|null>} null for one that is gone */
function ask(workspace, id) {
  const key = `${workspace}/${id}`;
  const found = known.get(key);
  if (found && Date.now() - found.at < GOOD_MS) return found.contact;
  const contact = api.get(`/contacts/${id}`).catch((error) => {
    if (error.status === 404) return null;
    known.delete(key);
    throw error;
  });
  known.delete(key);
  known.set(key, { at: Date.now(), contact });
  const [oldest] = known.keys();
  if (known.size > KEPT) known.delete(oldest);
  return contact;
}

/** A contact; undefined until the host has answered. @param {string} id @returns {Contact|null|undefined} */
export function useContact(id) {
  const { workspace } = useSession();
  const [contact, setContact] = useState(/** @type {Contact|null|undefined} */ (undefined));
  useEffect(() => {
    let wanted = true;
    setContact(undefined);
    ask(workspace?.id ?? "", id).then((found) => wanted && setContact(found), () => {});
    return () => {
      wanted = false;
    };
  }, [workspace?.id, id]);
  return contact;
}

/** What a contact is called.
 * @param {{id: string}} props */
export function ContactLabel({ id }) {
  const contact = useContact(id);
  if (contact === undefined) return html`<span class="label-wait" aria-hidden="true"></span>`;
  return html`<span class="fit">${contact ? contactName(contact) : html`<span class="unset">Removed contact</span>`}</span>`;
}
