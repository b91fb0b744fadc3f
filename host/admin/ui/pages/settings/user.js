/** One user: their role in this workspace, their links, and whether they may log in at all. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { Moment } from "../../core/time.js";
import { because, sentence } from "../../core/words.js";
import { StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Notice } from "../../views/empty.js";
import { Radios, Switch } from "../../views/field.js";
import { Pairs } from "../../views/pairs.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { ROLE_OPTIONS } from "./roles.js";

/**
 * @typedef {import("api").Schemas["User"]} User
 * @typedef {{user: User, onClose: () => void, onChange: () => void, onLink: (user: User) => void}} Props
 */

/** @param {Props} props */
export function UserDialog({ user, onClose, onChange, onLink }) {
  const { values, set, ...edit } = useEdit({ role: user.role ?? "" });
  const save = async () => {
    const saved = await edit.save((body) => api.patch(`/users/${user.id}`, body));
    if (!saved) return;
    toast(`${user.name} is ${sentence(saved.role)} now`);
    onChange();
    onClose();
    if (saved.invite_url) onLink(saved);
  };
  const actions = html`
    <${Button} onClick=${onClose}>Close<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!edit.dirty}>Save the role<//>
  `;
  const items = [
    ["E-mail", user.email],
    ["State", html`<${StateBadge} state=${user.state} />`],
    ["Since", html`<${Moment} at=${user.created_at} />`],
  ];
  return html`<${Dialog} side title=${user.name || user.email} onClose=${onClose} onSubmit=${save} actions=${actions}>
    <${Pairs} items=${items} />
    <div class="field">
      <div class="field-label">Role in this workspace</div>
      <${Radios} label="Role in this workspace" options=${ROLE_OPTIONS} value=${values.role} onChange=${(/** @type {any} */ role) => set({ role })} />
    </div>
    ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
    <${Access} user=${user} onClose=${onClose} onChange=${onChange} onLink=${onLink} />
  <//>`;
}

/** @param {Props} props */
function Access({ user, onClose, onChange, onLink }) {
  const { me } = useSession();
  const [busy, setBusy] = useState(false);
  const called = user.name || user.email;
  const isMe = me?.user?.id === user.id;
  const act = async (/** @type {() => Promise<User>} */ ask, /** @type {string} */ done) => {
    setBusy(true);
    try {
      const answer = await ask();
      toast(done);
      onChange();
      onClose();
      if (answer.invite_url) onLink(answer);
    } catch (error) {
      failed(error);
      setBusy(false);
    }
  };
  const invite = async () => {
    const text = user.state === "invited" ? "The link before it is no longer good." : "Whoever has it chooses a new password for them. Their sessions and tokens end when they do.";
    if (!(await confirm({ title: `A new link for ${called}?`, text, confirm: "Make a link" }))) return;
    await act(() => api.post(`/users/${user.id}/invite`, {}), "The link is made");
  };
  const disable = async () => {
    const text = "They cannot log in to any workspace, and their sessions and tokens are no longer good.";
    if (!(await confirm({ title: `Disable ${called}?`, text, confirm: "Disable", danger: true }))) return;
    await act(() => api.patch(`/users/${user.id}`, { disabled: true }), `${called} is disabled`);
  };
  const enable = () => act(() => api.patch(`/users/${user.id}`, { disabled: false }), `${called} may log in again`);
  const operator = async (/** @type {boolean} */ on) => {
    const text = on
      ? "They may do everything in every workspace then, and make others operators. Their password, sessions and tokens end: they choose a new password by a link that you hand over."
      : "They have only their roles then.";
    const title = on ? `Make ${called} an operator of this host?` : `Take the host away from ${called}?`;
    if (!(await confirm({ title, text, confirm: on ? "Make them an operator" : "Take it away", danger: true }))) return;
    await act(() => api.patch(`/users/${user.id}`, { operator: on }), on ? `${called} is an operator now` : `${called} is no longer an operator`);
  };
  const remove = async () => {
    const text = "They have no role here any more. Their roles in other workspaces stay.";
    if (!(await confirm({ title: `Take ${called} out of this workspace?`, text, confirm: "Take them out", danger: true }))) return;
    await act(() => api.delete(`/users/${user.id}`), `${called} has no role here any more`);
  };
  const switched = html`<${Switch}
    label="Operator of this host"
    hint="May do everything in every workspace, and makes workspaces."
    checked=${user.operator}
    disabled=${busy || isMe}
    title=${isMe ? "Somebody else has to take it from you" : undefined}
    onChange=${operator}
  />`;
  return html`${me?.operator && switched}<div class="field">
    <div class="field-label">Access</div>
    <div class="row">
      ${user.state !== "disabled" &&
      html`<${Button} icon="link" disabled=${busy} onClick=${invite}>${user.state === "invited" ? "New invite link" : "Link for a new password"}<//>`}
      ${user.state === "disabled" && html`<${Button} icon="check" disabled=${busy} onClick=${enable}>Enable<//>`}
      ${user.state !== "disabled" && !isMe && html`<${Button} kind="danger" icon="ban" disabled=${busy} onClick=${disable}>Disable<//>`}
      ${user.role && html`<${Button} kind="danger" icon="log-out" disabled=${busy} onClick=${remove}>Take out of this workspace<//>`}
    </div>
  </div>`;
}
