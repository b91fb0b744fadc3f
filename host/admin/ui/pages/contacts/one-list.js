/** One list: the contacts on it, to be added and taken off. */
import { html, useMemo, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { useLoad, usePages, useSettled } from "../../core/load.js";
import { plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Dialog, confirm } from "../../views/dialog.js";
import { Empty, ErrorBox, Skeleton } from "../../views/empty.js";
import { Input } from "../../views/field.js";
import { Icon } from "../../views/icon.js";
import { Menu } from "../../views/menu.js";
import { Page } from "../../views/page.js";
import { failed, toast } from "../../views/toast.js";
import { Rows } from "../runs/rows.js";
import { CONTACT_COLUMNS, Consent } from "./columns.js";
import { ListName } from "./list-name.js";
import { putOn, takeOff } from "./membership.js";
import { contactName } from "./names.js";

/** @typedef {import("./names.js").Contact} Contact */

/** Where the page leads back to. */
const BACK = { to: "/lists", label: "Lists" };

const COLUMNS = CONTACT_COLUMNS.filter(({ key }) => key !== "lists");

/** The page of one list.
 * @param {{params: Record<string, string>}} props */
export default function ListPage({ params }) {
  const session = useSession();
  const list = useLoad((signal) => api.get(`/lists/${params.id}`, { signal }), [params.id]);
  const pages = usePages(`/lists/${params.id}/contacts`, { limit: 100 });
  const [adding, add] = useState(false);
  const [renaming, rename] = useState(false);
  const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
  const [busy, setBusy] = useState(false);
  const mayChange = session.can("editor");
  const contacts = /** @type {Contact[]} */ (pages.items);
  const here = contacts.filter(({ id }) => picked.has(id));
  const control = useMemo(() => ({
    has: (/** @type {string} */ id) => picked.has(id),
    toggle: (/** @type {string[]} */ ids, /** @type {boolean} */ on) => setPicked((old) => {
      const next = new Set(old);
      for (const id of ids) on ? next.add(id) : next.delete(id);
      return next;
    }),
    all: contacts.length > 0 && here.length === contacts.length,
    some: here.length > 0,
    toggleAll: () => setPicked(here.length === contacts.length ? new Set() : new Set(contacts.map(({ id }) => id))),
  }), [picked, contacts]);
  const remove = async () => {
    const sure = await confirm({ title: `Take ${plural(here.length, "contact")} off ${list.data?.name}?`, text: "The contacts themselves stay.", confirm: "Take off", danger: true });
    if (!sure) return;
    setBusy(true);
    try {
      for (const { id } of here) await takeOff(params.id, id);
      toast(`${plural(here.length, "contact is", "contacts are")} off the list`);
      setPicked(new Set());
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
      pages.reload();
    }
  };
  if (!list.data) {
    return html`<${Page} title="List" back=${BACK}>${list.error ? html`<${ErrorBox} error=${list.error} retry=${list.reload} />` : html`<${Skeleton} lines=${6} />`}<//>`;
  }
  const { name } = list.data;
  const discard = async () => {
    const text = "Its contacts stay; they are only no longer on it. Steps can name it no more. A list that a live automation names is not removed.";
    if (!(await confirm({ title: `Remove the list ${name}?`, text, confirm: "Remove the list", danger: true }))) return;
    try {
      await api.delete(`/lists/${params.id}`);
      toast(`The list ${name} is removed`);
      navigate("/lists", { replace: true });
    } catch (error) {
      failed(error);
    }
  };
  const button = mayChange && html`<${Button} kind="primary" icon="plus" onClick=${() => add(true)}>Add contacts<//>`;
  const menu = mayChange && html`<${Menu} label="More" items=${[
    { label: "Rename …", icon: "pencil", onClick: () => rename(true) },
    { label: "Remove …", icon: "trash-2", danger: true, onClick: discard },
  ]} />`;
  const isEmpty = !pages.loading && !pages.error && contacts.length === 0;
  return html`<${Page} title=${list.data.name} back=${BACK} actions=${html`${button}${menu}`}>
    ${isEmpty
      ? html`<${Empty} icon="list" title="Nobody is on this list" text="A step “add-to-list” of an automation puts contacts here; you can too." action=${button} />`
      : html`<${Rows} label=${`Contacts on ${list.data.name}`} columns=${COLUMNS} title=${contactName}
          href=${(/** @type {Contact} */ contact) => `/contacts/${contact.id}`} pages=${pages}
          picked=${mayChange ? control : undefined} />`}
    ${here.length > 0 && html`<div class="picked-bar" role="region" aria-label="What is selected"><strong>${plural(here.length, "contact")}</strong>
      <${Button} kind="danger" busy=${busy} onClick=${remove}>Take off the list<//><${Button} kind="quiet" onClick=${() => setPicked(new Set())}>Clear<//></div>`}
    ${renaming && html`<${ListName} list=${list.data} close=${() => rename(false)} done=${list.set} />`}
    ${adding && html`<${AddContacts} list=${params.id} name=${list.data.name} close=${() => add(false)} added=${pages.reload} />`}
  <//>`;
}

/** Finds contacts and puts them on the list, one click each.
 * @param {{list: string, name: string, close: () => void, added: () => void}} props */
function AddContacts({ list, name, close, added }) {
  const [text, setText] = useState("");
  const q = useSettled(text.trim(), 250);
  const found = usePages("/contacts", { q: q || undefined, limit: 20 });
  const [done, setDone] = useState(/** @type {Set<string>} */ (new Set()));
  const [busy, setBusy] = useState("");
  const put = async (/** @type {Contact} */ contact) => {
    setBusy(contact.id);
    try {
      await putOn(list, [contact.id]);
      setDone(new Set([...done, contact.id]));
      added();
    } catch (error) {
      failed(error);
    } finally {
      setBusy("");
    }
  };
  const isOn = (/** @type {Contact} */ contact) => done.has(contact.id) || contact.lists.some(({ id }) => id === list);
  return html`<${Dialog} title=${`Add contacts to ${name}`} onClose=${close} actions=${html`<${Button} kind="primary" onClick=${close}>Done<//>`}>
    <div class="stack-s">
      <${Input} icon="search" type="search" aria-label="Search contacts" placeholder="Name, phone, email or external id" value=${text} onInput=${setText} autofocus />
      <div class="contact-finds" aria-busy=${found.loading}>
        ${found.error ? html`<${ErrorBox} error=${found.error} retry=${found.reload} />` : found.items.length === 0
          ? html`<p class="unset finds-none">${found.loading ? "Searching …" : "Nobody is found by that."}</p>`
          : html`<ul class="link-list">${/** @type {Contact[]} */ (found.items).map((contact) => html`<li key=${contact.id} class="links-row">
              <span class="links-main"><span class="fit">${contactName(contact)} <${Consent} contact=${contact} /></span>
                <span class="links-sub fit">${[contact.phone, contact.email, contact.external_id].filter((text) => text && text !== contactName(contact)).join(" · ")}</span></span>
              ${isOn(contact) ? html`<span class="row faint small"><${Icon} name="check" size=${14} />On the list</span>`
                : html`<${Button} small icon="plus" busy=${busy === contact.id} onClick=${() => put(contact)}>Add<//>`}</li>`)}</ul>`}
      </div>
    </div>
  <//>`;
}
