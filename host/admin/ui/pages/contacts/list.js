/** Contacts: search and add. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { navigate, useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { usePages } from "../../core/load.js";
import { Button } from "../../views/button.js";
import { Dialog } from "../../views/dialog.js";
import { Empty, ErrorBox, Notice } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { Filters } from "../../views/filters.js";
import { Page } from "../../views/page.js";
import { toast } from "../../views/toast.js";
import { SearchBox } from "../runs/search.js";
import { Rows } from "../runs/rows.js";
import { CONTACT_COLUMNS } from "./columns.js";
import { contactName } from "./names.js";
import { ContactTabs } from "./tabs.js";

/** @typedef {import("./names.js").Contact} Contact */

/** The page of contacts. */
export default function ContactsPage() {
  const session = useSession();
  const { query: asked, setQuery } = useRoute();
  const [adding, add] = useState(false);
  const pages = usePages("/contacts", { q: asked.q, limit: 100 });
  const isEmpty = !pages.loading && !pages.error && pages.items.length === 0 && !pages.hasMore;
  const mayAdd = session.can("editor");
  return html`<${Page} title="Contacts" tabs=${html`<${ContactTabs} at="/contacts" />`}
    actions=${mayAdd && html`<${Button} kind="primary" icon="plus" onClick=${() => add(true)}>Add contact<//>`}>
    <${Filters}><${SearchBox} label="Search contacts" placeholder="Name, phone, email or external id" value=${asked.q} onChange=${(/** @type {string|undefined} */ q) => setQuery({ q })} /><//>
    ${isEmpty
      ? html`<${NoContacts} searched=${Boolean(asked.q)} clear=${() => setQuery({ q: undefined })} add=${mayAdd ? () => add(true) : null} />`
      : html`<${Rows} label="Contacts, those first seen first" columns=${CONTACT_COLUMNS}
          title=${contactName} href=${(/** @type {Contact} */ contact) => `/contacts/${contact.id}`} pages=${pages} />`}
    ${adding && html`<${AddContact} close=${() => add(false)} />`}
  <//>`;
}

/** @param {{searched: boolean, clear: () => void, add: (() => void)|null}} props */
function NoContacts({ searched, clear, add }) {
  return searched
    ? html`<${Empty} icon="search" title="Nobody is found by that" text="The search looks at names, phone numbers, email addresses and external ids."
        action=${html`<${Button} onClick=${clear}>Show everybody<//>`} />`
    : html`<${Empty} icon="users" title="No contacts yet" text="A contact is made when the first capture about a person is mapped. You can add one yourself, too."
        action=${add && html`<${Button} icon="plus" onClick=${add}>Add contact<//>`} />`;
}

/** What identifies a new contact. @type {{key: "phone"|"email"|"external_id", label: string, hint: string, type: string}[]} */
const IDENTIFIERS = [
  { key: "phone", label: "Phone", hint: "With + and country, or in the form of the workspace's country", type: "tel" },
  { key: "email", label: "Email", hint: "", type: "email" },
  { key: "external_id", label: "External id", hint: "Your own number or code for this person", type: "text" },
];

/** The dialog that adds one.
 * @param {{close: () => void}} props */
function AddContact({ close }) {
  const [given, setGiven] = useState(/** @type {Record<string, string>} */ ({}));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const set = (/** @type {string} */ key) => (/** @type {string} */ text) => setGiven((old) => ({ ...old, [key]: text }));
  const faultOf = (/** @type {string} */ at) => error?.faults?.find((/** @type {any} */ fault) => fault.at === at)?.message;
  const submit = async () => {
    setBusy(true);
    setError(null);
    const text = (/** @type {string} */ key) => given[key]?.trim() || undefined;
    const names = ["first_name", "last_name"].filter(text).map((key) => [key, text(key)]);
    try {
      const contact = await api.post("/contacts", {
        ...Object.fromEntries(IDENTIFIERS.filter(({ key }) => text(key)).map(({ key }) => [key, text(key)])),
        fields: Object.fromEntries(names),
      });
      toast(`${contactName(contact)} is added`);
      navigate(`/contacts/${contact.id}`);
    } catch (/** @type {any} */ refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const ofNone = faultOf("body");
  const named = new Set(["body", ...IDENTIFIERS.map(({ key }) => key), "fields.first_name", "fields.last_name"]);
  const isElsewhere = error && !error.faults?.some((/** @type {any} */ fault) => named.has(fault.at));
  const box = (/** @type {string} */ key, /** @type {string} */ label, /** @type {string} */ at, /** @type {string} */ hint = "", type = "text") =>
    html`<${Field} label=${label} hint=${hint} error=${faultOf(at)}>${(/** @type {any} */ field) => html`<${Input} ...${field} type=${type} autocomplete="off"
      value=${given[key] ?? ""} onInput=${set(key)} />`}<//>`;
  return html`<${Dialog} title="Add contact" lead="One of phone, email and external id is needed to find them again." onClose=${close} onSubmit=${submit}
    actions=${[html`<${Button} onClick=${close}>Cancel<//>`, html`<${Button} kind="primary" type="submit" busy=${busy}>Add<//>`]}>
    <div class="stack">
      <div class="grid-2 grid-names">${box("first_name", "First name", "fields.first_name")}${box("last_name", "Last name", "fields.last_name")}</div>
      ${IDENTIFIERS.map(({ key, label, hint, type }) => box(key, label, key, hint, type))}
      ${ofNone && html`<${Notice} tone="bad" alert><p>${ofNone}</p><//>`}
      ${isElsewhere && html`<${ErrorBox} error=${error} />`}
    </div>
  <//>`;
}
