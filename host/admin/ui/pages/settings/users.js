/** Users: who may log in and what each may do in this workspace. New ones come by an invite link, shown once. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { ROLES, useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { because, sentence } from "../../core/words.js";
import { Badge, StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Once } from "../../views/copy.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, Notice } from "../../views/empty.js";
import { Field, Input, Radios, Select } from "../../views/field.js";
import { Menu } from "../../views/menu.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { SettingsPage } from "./shell.js";

/**
 * @typedef {import("../../core/session.js").Role} Role
 * @typedef {object} User
 * @property {string} id
 * @property {string} email
 * @property {string} name
 * @property {Role} role In this workspace.
 * @property {boolean} operator
 * @property {boolean} disabled
 * @property {boolean} invited They have not set a password yet.
 * @property {string} created_at
 */

const LEAD = "Who may log in, and what they may do here. There is no mail: hand the invite link over yourself.";
const LINK_HINT = "Good for 7 days, and once. It lets whoever has it set the password.";

/** What each role may do. @type {Record<Role, string>} */
const MAY = {
  viewer: "Sees everything but secrets, users and the audit log.",
  editor: "Changes automations, contacts and lists; replays runs; decides about messages.",
  admin: "Approves plugins, keeps their secrets, changes inboxes and the workspace; reads the audit log.",
  owner: "Says who may do what.",
};

const ROLE_OPTIONS = ROLES.map((value) => ({ value, label: sentence(value), hint: MAY[value] }));

export default function UsersPage() {
  const { can } = useSession();
  const users = usePages(can("owner") ? "/users" : null, { limit: 200 });
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState(/** @type {{user: User, url: string} | null} */ (null));
  const actions = html`<${Button} kind="primary" icon="plus" onClick=${() => setInviting(true)}>Invite<//>`;
  const invited = (/** @type {User} */ user, /** @type {string} */ url) => {
    setInviting(false);
    setLink({ user, url });
    users.reload();
  };
  const empty = html`<${Empty} icon="users" title="Nobody yet" text="Invite those who work in this workspace." action=${actions} />`;
  return html`<${SettingsPage} title="Users" lead=${LEAD} needs="owner" actions=${actions}>
    <${Card} flush>
      <${Table} label="Users" columns=${columnsOf(users, setLink)} ...${users} rows=${users.items} empty=${empty} />
    <//>
    ${inviting && html`<${InviteDialog} onClose=${() => setInviting(false)} onDone=${invited} />`}
    ${link && html`<${LinkDialog} ...${link} onClose=${() => setLink(null)} />`}
  <//>`;
}

/**
 * @param {import("../../core/load.js").Pages} users
 * @param {(link: {user: User, url: string}) => void} onLink
 */
function columnsOf(users, onLink) {
  return [
    { key: "name", title: "User", wrap: true, cell: (/** @type {User} */ one) => html`<${Name} user=${one} />` },
    { key: "role", title: "Role", width: "132px", cell: (/** @type {User} */ one) => html`<${RoleSelect} user=${one} onDone=${users.reload} />` },
    { key: "state", title: "State", width: "110px", hide: "narrow", cell: (/** @type {User} */ one) => html`<${StateBadge} state=${stateOf(one)} />` },
    { key: "at", title: "Since", width: "110px", hide: "narrow", cell: (/** @type {User} */ one) => html`<${Ago} at=${one.created_at} />` },
    { key: "More", width: "56px", align: "right", cell: (/** @type {User} */ one) => html`<${More} user=${one} onDone=${users.reload} onLink=${onLink} />` },
  ];
}

/** @param {User} user */
function stateOf({ disabled, invited }) {
  if (disabled) return "disabled";
  return invited ? "invited" : "active";
}

/** @param {{user: User}} props */
function Name({ user }) {
  const { me } = useSession();
  return html`<div class="user-name">
    <span class="row">
      <span class="strong">${user.name || user.email}</span>
      ${me?.user?.id === user.id && html`<${Badge} tone="info">you<//>`}
      ${user.operator && html`<${Badge} title="May do everything on this host">operator<//>`}
    </span>
    <span class="muted small">${user.email}</span>
  </div>`;
}

/** @param {{user: User, onDone: () => void}} props */
function RoleSelect({ user, onDone }) {
  const [busy, setBusy] = useState(false);
  const change = async (/** @type {string} */ role) => {
    setBusy(true);
    await asked(() => api.patch(`/users/${user.id}`, { role }), `${user.name || user.email} is ${role} now`);
    onDone();
    setBusy(false);
  };
  return html`<${Select} aria-label=${`Role of ${user.email}`} options=${ROLE_OPTIONS} value=${user.role} disabled=${busy} onChange=${change} />`;
}

/**
 * @template T
 * @param {() => Promise<T>} act
 * @param {string} done
 * @returns {Promise<T | null>}
 */
async function asked(act, done) {
  try {
    const answer = await act();
    toast(done);
    return answer;
  } catch (error) {
    failed(error);
    return null;
  }
}

/** @param {{user: User, onDone: () => void, onLink: (link: {user: User, url: string}) => void}} props */
function More({ user, onDone, onLink }) {
  const called = user.name || user.email;
  const invite = async () => {
    const text = user.invited ? "The link before it is no longer good." : "With it they set a new password. The old one stays good until then.";
    if (!(await confirm({ title: `A new link for ${called}?`, text, confirm: "Make a link" }))) return;
    const answer = await asked(() => api.post(`/users/${user.id}/invite`, {}), "The link is made");
    if (answer) onLink({ user, url: answer.invite_url });
  };
  const disable = async () => {
    const text = "They cannot log in, in any workspace, and their sessions and tokens are no longer good.";
    if (!user.disabled && !(await confirm({ title: `Disable ${called}?`, text, confirm: "Disable", danger: true }))) return;
    await asked(() => api.patch(`/users/${user.id}`, { disabled: !user.disabled }), user.disabled ? `${called} may log in again` : `${called} is disabled`);
    onDone();
  };
  const remove = async () => {
    const text = "They have no role here any more. Their roles in other workspaces stay.";
    if (!(await confirm({ title: `Take ${called} out of this workspace?`, text, confirm: "Take them out", danger: true }))) return;
    await asked(() => api.delete(`/users/${user.id}`), `${called} has no role here any more`);
    onDone();
  };
  const items = [
    { label: user.invited ? "New invite link" : "Link for a new password", icon: "link", onClick: invite },
    { label: user.disabled ? "Enable" : "Disable", icon: user.disabled ? "check" : "ban", onClick: disable },
    "-",
    { label: "Take out of this workspace", icon: "log-out", danger: true, onClick: remove },
  ];
  return html`<${Menu} small label=${`What can be done with ${user.email}`} items=${items} />`;
}

/** @param {{onClose: () => void, onDone: (user: User, url: string) => void}} props */
function InviteDialog({ onClose, onDone }) {
  const { values, set, fault, ...edit } = useEdit({ email: "", name: "", role: "editor" });
  const save = async () => {
    const made = await edit.save((body) => api.post("/users", body));
    if (made) onDone(made.user ?? made, made.invite_url);
  };
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.email.includes("@")}>Invite<//>
  `;
  return html`<${Dialog} title="Invite somebody" onClose=${onClose} onSubmit=${save} actions=${actions}>
    <div class="stack">
      ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
      <div class="grid-2">
        <${Field} label="E-mail" required error=${fault("email")}>
          ${(/** @type {any} */ field) =>
            html`<${Input} ...${field} type="email" autofocus autocomplete="off" value=${values.email} onInput=${(/** @type {string} */ email) => set({ email })} />`}
        <//>
        <${Field} label="Name" error=${fault("name")}>
          ${(/** @type {any} */ field) =>
            html`<${Input} ...${field} autocomplete="off" value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
        <//>
      </div>
      <div class="field">
        <div class="field-label">Role</div>
        <${Radios} label="Role" options=${ROLE_OPTIONS} value=${values.role} onChange=${(/** @type {string} */ role) => set({ role })} />
      </div>
    </div>
  <//>`;
}

/** @param {{user: User, url: string, onClose: () => void}} props */
function LinkDialog({ user, url, onClose }) {
  const title = `A link for ${user.name || user.email}`;
  return html`<${Dialog} title=${title} onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>Done<//>`}>
    <${Once} text=${url} title="Copy it now, and hand it over: it is shown this once" hint=${LINK_HINT} />
  <//>`;
}
