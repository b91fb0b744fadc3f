/** Inboxes: the sending identities that conversations belong to, with what carries their messages and when they keep quiet. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { because } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Dialog } from "../../views/dialog.js";
import { Empty } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { hoursText } from "./hours.js";
import { SettingsPage } from "./shell.js";

/**
 * @typedef {import("api").Schemas["SigningSecret"]} SigningSecret
 * @typedef {import("api").Schemas["UnknownPolicy"]} UnknownPolicy
 * @typedef {import("api").Schemas["Inbox"]} Inbox
 */

const LEAD = "The sending identities that conversations belong to. Automations and steps name them.";

const COLUMNS = [
  { key: "name", title: "Name", width: "26%", cell: (/** @type {Inbox} */ one) => html`<span class="strong">${one.name}</span>` },
  { key: "channel", title: "Channel", cell: (/** @type {Inbox} */ one) => channel(one) },
  { key: "quiet", title: "Quiet hours", width: "30%", hide: "narrow", cell: (/** @type {Inbox} */ one) => quiet(one) },
];

/** @param {Inbox} inbox */
function channel({ channel: carried }) {
  if (!carried) return html`<span class="faint">none: sent to nobody</span>`;
  const { url, gone_at } = carried.webhook;
  return html`<span class="inbox-channel">
    <code class="truncate" title=${url}>${url}</code>${gone_at && html`<${Badge} tone="bad">gone<//>`}
  </span>`;
}

/** @param {Inbox} inbox */
function quiet({ quiet_hours }) {
  return quiet_hours ? html`<span class="truncate">${hoursText(quiet_hours)}</span>` : html`<span class="faint">none</span>`;
}

export default function InboxesPage() {
  const { can } = useSession();
  const inboxes = usePages("/inboxes", { limit: 200 });
  const [adding, setAdding] = useState(false);
  const actions = can("admin") && html`<${Button} kind="primary" icon="plus" onClick=${() => setAdding(true)}>New inbox<//>`;
  const empty = html`<${Empty}
    icon="inbox"
    title="No inboxes yet"
    text="An automation writes from an inbox. Make one, and give it a channel when its messages should really leave."
    action=${actions}
  />`;
  return html`<${SettingsPage} title="Inboxes" lead=${LEAD} actions=${actions}>
    <${Card} flush>
      <${Table}
        label="Inboxes"
        columns=${COLUMNS}
        ...${inboxes}
        rows=${inboxes.items}
        openTo=${(/** @type {Inbox} */ one) => `/settings/inboxes/${one.id}`}
        empty=${empty}
      />
    <//>
    ${adding && html`<${NewDialog} onClose=${() => setAdding(false)} />`}
  <//>`;
}

/** @param {{onClose: () => void}} props */
function NewDialog({ onClose }) {
  const { values, set, fault, ...edit } = useEdit({ name: "" });
  const save = async () => {
    const saved = await edit.save((body) => api.post("/inboxes", body));
    if (!saved) return;
    toast(`${saved.name} is made`);
    navigate(`/settings/inboxes/${saved.id}`);
  };
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.name.trim()}>Make it<//>
  `;
  const wrong = fault("name") ?? (edit.error ? because(edit.error) : undefined);
  return html`<${Dialog} title="New inbox" onClose=${onClose} onSubmit=${save} actions=${actions}>
    <${Field} label="Name" hint="Unique in the workspace, such as support." required error=${wrong}>
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
    <//>
  <//>`;
}
