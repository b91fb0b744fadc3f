/** What a contact belongs to: tags and lists, to be added and taken away. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Link } from "../../core/router.js";
import { useLoad } from "../../core/load.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Combobox } from "../../views/combobox.js";
import { Input } from "../../views/field.js";
import { Icon } from "../../views/icon.js";
import { failed } from "../../views/toast.js";
import { everyList, putOn, takeOff } from "./membership.js";

/** @typedef {import("./names.js").Contact} Contact */
/** @typedef {{contact: Contact, mayChange: boolean, changed: (contact: Contact) => void}} Props */

/** A word that can be taken away.
 * @param {{label: string, to?: string, remove: (() => void)|null, busy?: boolean}} props */
function Chip({ label, to, remove, busy }) {
  return html`<li class="contact-chip">${to ? html`<${Link} to=${to}>${label}<//>` : html`<span>${label}</span>`}
    ${remove && html`<button type="button" class="chip-remove" disabled=${busy} aria-label=${`Take ${label} away`} title="Take away" onClick=${remove}><${Icon} name="x" size=${12} /></button>`}</li>`;
}

/** Tags, which are given and taken at once.
 * @param {Props} props */
function Tags({ contact, mayChange, changed }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const put = async (/** @type {string[]} */ tags) => {
    setBusy(true);
    try {
      changed(await api.patch(`/contacts/${contact.id}`, { tags, version: contact.version }));
      setText("");
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  const add = (/** @type {Event} */ sent) => {
    sent.preventDefault();
    const tag = text.trim();
    if (tag && !contact.tags.includes(tag)) put([...contact.tags, tag]);
  };
  return html`<div class="belongs"><h3>Tags</h3>
    <ul class="contact-chips">${contact.tags.map((tag) => html`<${Chip} key=${tag} label=${tag} busy=${busy}
      remove=${mayChange ? () => put(contact.tags.filter((other) => other !== tag)) : null} />`)}
      ${contact.tags.length === 0 && html`<li class="unset">No tags</li>`}</ul>
    ${mayChange && html`<form class="row row-nowrap" onSubmit=${add}><${Input} aria-label="New tag" placeholder="Add a tag" value=${text} onInput=${setText} maxlength="100" autocomplete="off" />
      <${Button} type="submit" icon="plus" label="Add the tag" busy=${busy} disabled=${!text.trim()} /></form>`}
  </div>`;
}

/** The lists they are on.
 * @param {Props & {reload: () => Promise<void>}} props */
function Lists({ contact, mayChange, reload }) {
  const [busy, setBusy] = useState(false);
  const lists = useLoad((signal) => (mayChange ? everyList(signal) : Promise.resolve([])), [mayChange]);
  const on = new Set(contact.lists.map(({ id }) => id));
  const options = (lists.data ?? []).filter(({ id }) => !on.has(id)).map(({ id, name }) => ({ value: id, label: name }));
  const doing = async (/** @type {Promise<unknown>} */ act) => {
    setBusy(true);
    try {
      await act;
      await reload();
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  return html`<div class="belongs"><h3>Lists</h3>
    <ul class="contact-chips">${contact.lists.map(({ id, name }) => html`<${Chip} key=${id} label=${name || "removed list"} to=${`/lists/${id}`} busy=${busy}
      remove=${mayChange ? () => doing(takeOff(id, contact.id)) : null} />`)}
      ${contact.lists.length === 0 && html`<li class="unset">On no list</li>`}</ul>
    ${mayChange && options.length > 0 && html`<${Combobox} label="Add to a list" placeholder="Add to a list" options=${options} value="" disabled=${busy}
      onChange=${(/** @type {string} */ id) => id && doing(putOn(id, [contact.id]))} />`}
  </div>`;
}

/** The card of both.
 * @param {Props & {reload: () => Promise<void>}} props */
export function BelongsCard(props) {
  return html`<${Card} title="Tags and lists"><div class="stack"><${Tags} ...${props} /><${Lists} ...${props} /></div><//>`;
}
