/** Members: those a conversation can be assigned to. They need no user to log in with. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { because } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Dialog, confirm } from "../../views/dialog.js";
import { Empty } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { Menu } from "../../views/menu.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("api").Schemas["Member"]} Member */

const LEAD = "Those a conversation can be assigned to: people, or desks such as “front-desk”. Steps name them.";

const COLUMNS = [
  { key: "name", title: "Name", cell: (/** @type {Member} */ one) => html`<span class="strong">${one.name}</span>` },
  { key: "at", title: "Added", width: "140px", align: "right", cell: (/** @type {Member} */ one) => html`<${Ago} at=${one.created_at} />` },
];

export default function MembersPage() {
  const { can } = useSession();
  const members = usePages("/members", { limit: 200 });
  const [adding, setAdding] = useState(false);
  const [naming, setNaming] = useState(/** @type {Member | null} */ (null));
  const remove = async (/** @type {Member} */ { id, name }) => {
    const text = "Conversations that are assigned to them are nobody's then, and steps can name them no more. A member that a live automation names is not removed.";
    if (!(await confirm({ title: `Remove the member ${name}?`, text, confirm: "Remove", danger: true }))) return;
    try {
      await api.delete(`/members/${id}`);
      toast(`${name} is no member any more`);
    } catch (error) {
      failed(error);
    }
    members.reload();
  };
  const actions = can("admin") && html`<${Button} kind="primary" icon="plus" onClick=${() => setAdding(true)}>Add a member<//>`;
  const columns = can("admin") ? [...COLUMNS, {
    key: "menu", title: html`<span class="sr-only">Actions</span>`, width: "64px", align: "right",
    cell: (/** @type {Member} */ one) => html`<${Menu} label=${`Actions for ${one.name}`} items=${[
      { label: "Rename …", icon: "pencil", onClick: () => setNaming(one) },
      { label: "Remove …", icon: "trash-2", danger: true, onClick: () => remove(one) },
    ]} />`,
  }] : COLUMNS;
  const empty = html`<${Empty}
    icon="user"
    title="No members yet"
    text="Add those who answer conversations, so that steps can assign to them."
    action=${actions}
  />`;
  return html`<${SettingsPage} title="Members" lead=${LEAD} actions=${actions}>
    <${Card} flush><${Table} label="Members" columns=${columns} ...${members} rows=${members.items} empty=${empty} /><//>
    ${adding && html`<${NameDialog} onClose=${() => setAdding(false)} onDone=${members.reload} />`}
    ${naming && html`<${NameDialog} member=${naming} onClose=${() => setNaming(null)} onDone=${members.reload} />`}
  <//>`;
}

/** Adds a member, or renames one. @param {{member?: Member, onClose: () => void, onDone: () => void}} props */
function NameDialog({ member, onClose, onDone }) {
  const { values, set, fault, dirty, ...edit } = useEdit({ name: member?.name ?? "" });
  const save = async () => {
    const saved = await edit.save((body) => (member ? api.patch(`/members/${member.id}`, body) : api.post("/members", body)));
    if (!saved) return;
    toast(member ? `${member.name} is ${saved.name} now` : `${saved.name} is a member`);
    onDone();
    onClose();
  };
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!dirty || !values.name.trim()}>${member ? "Rename" : "Add"}<//>
  `;
  const wrong = fault("name") ?? (edit.error ? because(edit.error) : undefined);
  return html`<${Dialog} title=${member ? `Rename ${member.name}` : "Add a member"} onClose=${onClose} onSubmit=${save} actions=${actions}>
    <${Field} label="Name" hint=${`Unique in the workspace; steps name members by it.${member ? " Live automations that name this one are paused first, and saved with the new name before they go live again; conversations stay theirs." : ""}`} required error=${wrong}>
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
    <//>
  <//>`;
}
