/** One's own API tokens: for scripts and the command line, with a scope and an end. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { ROLES, useSession } from "../../core/session.js";
import { Ago, Moment } from "../../core/time.js";
import { because, sentence } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Once } from "../../views/copy.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, Notice } from "../../views/empty.js";
import { Field, Input, Select } from "../../views/field.js";
import { Code } from "../../views/code.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { SettingsPage } from "./shell.js";

/**
 * @typedef {import("../../core/session.js").Role} Role
 * @typedef {object} Token
 * @property {string} id
 * @property {string} name
 * @property {Role} scope
 * @property {string | null} workspace
 * @property {string} created_at
 * @property {string | null} expires_at
 * @property {string | null} seen_at
 */

const LEAD = "For scripts and the command line. A token may do what you may, at most what its scope says, until it ends.";

/** For how long a token can be good, in days; the API takes any from 1 to 365. */
const DAYS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
];

/** What each scope is for. @type {Record<Role, string>} */
const SCOPES = {
  viewer: "read only",
  editor: "automations, contacts and lists too",
  admin: "plugins, inboxes and secrets too",
  owner: "everything that you may",
};

export default function TokensPage() {
  const { me } = useSession();
  const tokens = usePages(me?.user ? "/tokens" : null, {});
  const [making, setMaking] = useState(false);
  const actions = me?.user && html`<${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>New token<//>`;
  const empty = html`<${Empty}
    icon="key-round"
    title=${me?.user ? "No tokens yet" : "Tokens belong to users"}
    text=${me?.user
      ? "Make one for each script, so that each can be taken back by itself."
      : "You came in with a token that is nobody’s. Log in as a user to make tokens of your own."}
    action=${actions}
  />`;
  return html`<${SettingsPage} title="API tokens" lead=${LEAD} actions=${actions}>
    <${Card} flush>
      <${Table} label="Your tokens" columns=${columnsOf(tokens.reload)} ...${tokens} rows=${tokens.items} empty=${empty} />
    <//>
    ${making && html`<${NewDialog} onClose=${() => setMaking(false)} onMade=${tokens.reload} />`}
  <//>`;
}

/** @param {() => void} onGone */
function columnsOf(onGone) {
  return [
    { key: "name", title: "Name", wrap: true, cell: (/** @type {Token} */ one) => html`<span class="strong">${one.name}</span>` },
    { key: "scope", title: "May", width: "30%", wrap: true, cell: (/** @type {Token} */ one) => html`<${May} token=${one} />` },
    { key: "end", title: "Ends", width: "104px", cell: (/** @type {Token} */ one) => end(one) },
    { key: "seen", title: "Last used", width: "120px", hide: "narrow", cell: (/** @type {Token} */ one) => (one.seen_at ? html`<${Ago} at=${one.seen_at} />` : html`<span class="faint">never</span>`) },
    {
      key: "Revoke",
      width: "56px",
      align: "right",
      cell: (/** @type {Token} */ one) => html`<${Button} kind="quiet" small icon="trash-2" label=${`Take ${one.name} back`} onClick=${() => revoke(one, onGone)} />`,
    },
  ];
}

/** @param {{token: Token}} props */
function May({ token: { scope, workspace } }) {
  const { me } = useSession();
  const place = me?.role_by_workspace.find(({ id }) => id === workspace);
  return html`<${Badge}>${sentence(scope)}<//> <span class="faint">${workspace ? `in ${place?.name ?? workspace}` : "everywhere"}</span>`;
}

/** @param {Token} token */
function end({ expires_at }) {
  if (!expires_at) return html`<span class="faint">never</span>`;
  if (new Date(expires_at).getTime() <= Date.now()) return html`<${Badge}>ended<//>`;
  return html`<${Moment} at=${expires_at} />`;
}

/**
 * @param {Token} token
 * @param {() => void} onGone
 */
async function revoke({ id, name }, onGone) {
  const text = "Whatever uses it is refused from then on.";
  if (!(await confirm({ title: `Take ${name} back?`, text, confirm: "Take it back", danger: true }))) return;
  try {
    await api.delete(`/tokens/${id}`);
    toast(`${name} is no longer good`);
    onGone();
  } catch (error) {
    failed(error);
  }
}

/** @param {{onClose: () => void, onMade: () => void}} props */
function NewDialog({ onClose, onMade }) {
  const { me, role, workspace } = useSession();
  const [once, setOnce] = useState(/** @type {string | null} */ (null));
  const { values, set, fault, ...edit } = useEdit({ name: "", scope: "viewer", workspace: workspace?.id ?? "", expires_in_days: "90" });
  const save = async () => {
    const made = await edit.save((body) =>
      api.post("/tokens", { ...body, workspace: body.workspace || null, expires_in_days: Number(body.expires_in_days) }),
    );
    if (!made) return;
    setOnce(made.text);
    onMade();
  };
  if (once) return html`<${MadeDialog} name=${values.name} text=${once} onClose=${onClose} />`;
  const top = ROLES.indexOf(role ?? "viewer");
  const scopes = ROLES.slice(0, top + 1).map((value) => ({ value, label: `${sentence(value)}: ${SCOPES[value]}` }));
  const places = [...(me?.role_by_workspace ?? []).map(({ id, name }) => ({ value: id, label: name })), { value: "", label: "All of yours" }];
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.name.trim()}>Make it<//>
  `;
  return html`<${Dialog} title="New token" onClose=${onClose} onSubmit=${save} actions=${actions}>
    <div class="stack">
      ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
      <${Field} label="Name" hint="What it is for, such as nightly import." required error=${fault("name")}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
      <//>
      <${Field} label="Scope" hint="The least that suffices." error=${fault("scope")}>
        ${(/** @type {any} */ field) =>
          html`<${Select} ...${field} options=${scopes} value=${values.scope} onChange=${(/** @type {string} */ scope) => set({ scope })} />`}
      <//>
      <div class="grid-2">
        <${Field} label="Workspace" error=${fault("workspace")}>
          ${(/** @type {any} */ field) =>
            html`<${Select} ...${field} options=${places} value=${values.workspace} onChange=${(/** @type {string} */ id) => set({ workspace: id })} />`}
        <//>
        <${Field} label="Good for" error=${fault("expires_in_days")}>
          ${(/** @type {any} */ field) =>
            html`<${Select} ...${field} options=${DAYS} value=${values.expires_in_days} onChange=${(/** @type {string} */ days) => set({ expires_in_days: days })} />`}
        <//>
      </div>
    </div>
  <//>`;
}

/** @param {{name: string, text: string, onClose: () => void}} props */
function MadeDialog({ name, text, onClose }) {
  const curl = `curl -H "Authorization: Bearer $TOKEN" ${window.location.origin}/api/v1/me`;
  return html`<${Dialog} title=${`${name} is made`} onClose=${onClose} actions=${html`<${Button} kind="primary" onClick=${onClose}>Done<//>`}>
    <div class="stack">
      <${Once} text=${text} />
      <div><p class="label">To try it</p><${Code} text=${curl} language="curl" wrap copy /></div>
    </div>
  <//>`;
}
