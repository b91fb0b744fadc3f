/** Inviting somebody, and the link that they choose a password by. */
import { api } from "../../core/api.js";
import { html } from "../../core/html.js";
import { because, sentence } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Once } from "../../views/copy.js";
import { Dialog } from "../../views/dialog.js";
import { Notice } from "../../views/empty.js";
import { Field, Input, Radios } from "../../views/field.js";
import { toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { ROLE_OPTIONS } from "./roles.js";

/** @typedef {import("api").Schemas["User"]} User */

/** @param {{onClose: () => void, onDone: (user: User) => void}} props */
export function InviteDialog({ onClose, onDone }) {
  const { values, set, fault, ...edit } = useEdit({ email: "", name: "", role: "editor" });
  const save = async () => {
    const user = await edit.save((body) => api.post("/users", body));
    if (!user) return;
    if (!user.invite_url) toast(`${user.name} is ${sentence(user.role)} here now`);
    onDone(user);
  };
  const ready = values.email.includes("@") && values.name.trim() !== "";
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!ready}>Invite<//>
  `;
  return html`<${Dialog} title="Invite somebody" onClose=${onClose} onSubmit=${save} actions=${actions}>
    ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
    <${Field} label="E-mail" required error=${fault("email")} hint="Whoever is in another workspace already chooses their password anew, by the link.">
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} type="email" autofocus autocomplete="off" value=${values.email} onInput=${(/** @type {string} */ email) => set({ email })} />`}
    <//>
    <${Field} label="Name" required error=${fault("name")}>
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} autocomplete="off" value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
    <//>
    <div class="field">
      <div class="field-label">Role</div>
      <${Radios} label="Role" options=${ROLE_OPTIONS} value=${values.role} onChange=${(/** @type {string} */ role) => set({ role })} />
    </div>
  <//>`;
}

/** @param {{user: User, onClose: () => void}} props */
export function LinkDialog({ user, onClose }) {
  const done = html`<${Button} kind="primary" onClick=${onClose}>Done<//>`;
  return html`<${Dialog} title=${`A link for ${user.name}`} firm onClose=${onClose} actions=${done}>
    <${Once}
      text=${user.invite_url}
      title="Copy it now, and hand it over: it is shown this once"
      hint="Good for 7 days, and once. Whoever has it chooses the password."
    />
  <//>`;
}
