/** Members: those a conversation can be assigned to. They need no user to log in with. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { because } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Dialog } from "../../views/dialog.js";
import { Empty } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { toast } from "../../views/toast.js";
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
  const actions = can("admin") && html`<${Button} kind="primary" icon="plus" onClick=${() => setAdding(true)}>Add a member<//>`;
  const empty = html`<${Empty}
    icon="user"
    title="No members yet"
    text="Add those who answer conversations, so that steps can assign to them."
    action=${actions}
  />`;
  return html`<${SettingsPage} title="Members" lead=${LEAD} actions=${actions}>
    <${Card} flush><${Table} label="Members" columns=${COLUMNS} ...${members} rows=${members.items} empty=${empty} /><//>
    ${adding && html`<${AddDialog} onClose=${() => setAdding(false)} onDone=${members.reload} />`}
  <//>`;
}

/** @param {{onClose: () => void, onDone: () => void}} props */
function AddDialog({ onClose, onDone }) {
  const { values, set, fault, ...edit } = useEdit({ name: "" });
  const save = async () => {
    const saved = await edit.save((body) => api.post("/members", body));
    if (!saved) return;
    toast(`${saved.name} is a member`);
    onDone();
    onClose();
  };
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.name.trim()}>Add<//>
  `;
  const wrong = fault("name") ?? (edit.error ? because(edit.error) : undefined);
  return html`<${Dialog} title="Add a member" onClose=${onClose} onSubmit=${save} actions=${actions}>
    <${Field} label="Name" hint="Unique in the workspace; documents name members by it." required error=${wrong}>
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
    <//>
  <//>`;
}
