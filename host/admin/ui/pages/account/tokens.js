/** Personal tokens: for the command line and for programs, with at most one's own role, and an end. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { suffices, ROLES } from "../../core/session.js";
import { Ago, Moment } from "../../core/time.js";
import { sentence } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Once } from "../../views/copy.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, ErrorBox } from "../../views/empty.js";
import { Field, Input, Select } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";

/** @typedef {import("../../core/session.js").Me} Me */

/** What each scope may do, in a line. */
const SCOPES = { viewer: "reads", editor: "automations, contacts, runs", admin: "plugins and settings too", owner: "users too" };

/** How long a token may count, in days. */
const DAYS = ["7", "30", "90", "365"];

/** @param {{ me: Me }} props */
export function Tokens({ me }) {
  const tokens = usePages("/tokens");
  const [making, setMaking] = useState(false);
  const make = html`<${Button} small kind="primary" icon="plus" onClick=${() => setMaking(true)}>New token<//>`;
  const revoke = async (/** @type {any} */ token) => {
    const made = tokens.items.some((/** @type {any} */ one) => one.made_by === token.id);
    const text = `What uses it is refused at once${made ? ", and so is what uses a token that it made" : ""}. It cannot be taken back.`;
    if (!(await confirm({ title: `Revoke “${token.name}”?`, text, confirm: "Revoke", danger: true }))) return;
    try {
      await api.delete(`/tokens/${token.id}`);
      toast("The token is revoked");
      tokens.reload();
    } catch (error) {
      failed(error);
    }
  };
  const workspaceOf = (/** @type {any} */ token) => me.role_by_workspace.find((place) => place.id === token.workspace)?.name ?? (token.workspace ? "another" : "all of yours");
  const columns = [
    { key: "name", title: "Name", cell: (/** @type {any} */ token) => html`<div class="strong truncate">${token.name}</div><div class="faint small truncate">in ${workspaceOf(token)}${token.made_by && ", made by a token"}</div>` },
    { key: "scope", title: "May", cell: (/** @type {any} */ token) => html`<${Badge}>${sentence(token.scope)}<//>`, width: "90px" },
    { key: "seen", title: "Last used", cell: (/** @type {any} */ token) => html`<${Ago} at=${token.seen_at} />`, width: "110px", hide: /** @type {const} */ ("medium") },
    { key: "ends", title: "Ends", cell: (/** @type {any} */ token) => html`<${Moment} at=${token.expires_at} />`, width: "120px", hide: /** @type {const} */ ("narrow") },
    { key: "revoke", title: "", cell: (/** @type {any} */ token) => html`<${Button} small kind="quiet" icon="trash-2" label=${`Revoke ${token.name}`} onClick=${() => revoke(token)} />`, width: "60px", align: /** @type {const} */ ("right") },
  ];
  const empty = html`<${Empty} small icon="key-round" title="No tokens" text="A token lets the command line or a program of yours call the API as you, with as little as it needs." action=${make} />`;
  const made = () => {
    setMaking(false);
    tokens.reload();
  };
  return html`<${Card} title="Personal tokens" actions=${tokens.items.length > 0 && make} flush>
    <${Table} columns=${columns} rows=${tokens.items} loading=${tokens.loading} error=${tokens.error} reload=${tokens.reload} hasMore=${tokens.hasMore} more=${tokens.more} label="Personal tokens" empty=${empty} />
    ${making && html`<${Make} me=${me} onClose=${made} />`}
  <//>`;
}

/** @param {{ me: Me, onClose: () => void }} props */
function Make({ me, onClose }) {
  const [name, setName] = useState("");
  const [workspace, setWorkspace] = useState("");
  const [scope, setScope] = useState("viewer");
  const [days, setDays] = useState("30");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [made, setMade] = useState(/** @type {any} */ (null));
  const place = me.role_by_workspace.find((one) => one.id === workspace);
  // Of all places together it may be the most that is held in one of them; the host bounds it in each.
  const held = place ? [place] : me.role_by_workspace;
  const roles = ROLES.filter((role) => me.operator || held.some((one) => suffices(one.role, role)));
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      setMade(await api.post("/tokens", { name: name.trim(), scope, expires_in_days: Number(days), ...(workspace ? { workspace } : {}) }));
    } catch (refused) {
      setError(refused);
    }
    setBusy(false);
  };
  if (made) {
    const done = html`<${Button} kind="primary" onClick=${onClose}>Done<//>`;
    return html`<${Dialog} key="made" title="Your new token" firm onClose=${onClose} actions=${done}>
      <${Once} text=${made.token} hint="Send it as “Authorization: Bearer …”, or give it to the command line as HOOKBOX_ADMIN_TOKEN." />
    <//>`;
  }
  const actions = [
    html`<${Button} onClick=${onClose}>Cancel<//>`,
    html`<${Button} kind="primary" type="submit" busy=${busy} disabled=${!name.trim()}>Make the token<//>`,
  ];
  return html`<${Dialog} title="New token" lead="It may do what its scope says, and never more than you." onClose=${onClose} onSubmit=${submit} actions=${actions}>
    <${Field} label="Name" hint="What will use it, such as “deploy script”.">${(/** @type {any} */ field) => html`<${Input} ...${field} autofocus value=${name} onInput=${setName} />`}<//>
    <div class="grid-2">
      <${Field} label="Workspace">${(/** @type {any} */ field) => html`<${Select} ...${field} value=${workspace} placeholder="All of mine" options=${me.role_by_workspace.map((one) => ({ value: one.id, label: one.name }))} onChange=${setWorkspace} />`}<//>
      <${Field} label="Ends after">${(/** @type {any} */ field) => html`<${Select} ...${field} value=${days} options=${DAYS.map((value) => ({ value, label: `${value} days` }))} onChange=${setDays} />`}<//>
    </div>
    <${Field} label="May">${(/** @type {any} */ field) => html`<${Select} ...${field} value=${scope} options=${roles.map((role) => ({ value: role, label: `${sentence(role)}: ${SCOPES[role]}` }))} onChange=${setScope} />`}<//>
    ${error && html`<${ErrorBox} error=${error} />`}
  <//>`;
}
