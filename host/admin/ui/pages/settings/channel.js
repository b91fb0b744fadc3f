/** The channel of an inbox: the URL that its messages are POSTed to, and the secrets that both directions are signed with. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { useLeaveGuard } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago, Moment } from "../../core/time.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Copy, Once } from "../../views/copy.js";
import { confirm } from "../../views/dialog.js";
import { Empty, Notice } from "../../views/empty.js";
import { Field, Form, Input, Radios } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";

/**
 * @typedef {import("./inboxes.js").Inbox} Inbox
 * @typedef {import("./inboxes.js").SigningSecret} SigningSecret
 * @typedef {import("./inboxes.js").UnknownPolicy} UnknownPolicy
 * @typedef {{inbox: Inbox, onSaved: (inbox: Inbox) => void}} Props
 */

/** What becomes of a message whose sending ended in doubt. @type {{value: UnknownPolicy, label: string, hint: string}[]} */
const POLICIES = [
  { value: "retry", label: "Send it again", hint: "With the same idempotency key, so that the other side can tell." },
  { value: "hold", label: "Hold the conversation", hint: "It stays unknown, and what follows waits until a report comes or somebody decides." },
  { value: "ask", label: "Leave it to somebody", hint: "It stays unknown until a report comes or somebody decides; what follows goes on." },
];

const LEAD = "What carries its messages outside. Without one they are recorded as sent to nobody, which is good for trying things out.";

/** @param {Props} props */
export function ChannelCard({ inbox, onSaved }) {
  const { can } = useSession();
  const [giving, setGiving] = useState(false);
  const [once, setOnce] = useState(/** @type {string | null} */ (null));
  const off = !can("admin");
  const saved = (/** @type {Inbox} */ next) => {
    if (next.secret) setOnce(next.secret);
    setGiving(false);
    onSaved(next);
  };
  if (!inbox.channel && !giving) {
    const give = !off && html`<${Button} kind="primary" icon="plus" onClick=${() => setGiving(true)}>Give it a channel<//>`;
    return html`<${Card} title="Channel">
      <${Empty} icon="webhook" title="No channel: its messages are sent to nobody" text=${LEAD} action=${give} />
    <//>`;
  }
  const webhook = inbox.channel?.webhook;
  return html`
    <${Card} title="Channel" lead="Messages are POSTed to a URL, signed by Standard Webhooks.">
      ${webhook?.gone_at &&
      html`<${Notice} tone="bad" title="The other side said that it is gone">
        <p>Nothing is sent since <${Moment} at=${webhook.gone_at} />. Save the channel again when it is there again.</p>
      <//>`}
      <${WebhookForm} key=${webhook?.gone_at} inbox=${inbox} off=${off} onSaved=${saved} onCancel=${() => setGiving(false)} />
    <//>
    ${once &&
    html`<${Once} text=${once} title="The signing secret: copy it now, it is shown this once" hint="The other side checks our signatures with it, and signs what it sends us." />`}
    ${webhook?.secrets && html`<${Secrets} inbox=${inbox} secrets=${webhook.secrets} off=${off} onSaved=${onSaved} />`}
  `;
}

/** @param {Props & {off: boolean, onCancel: () => void}} props */
function WebhookForm({ inbox, off, onSaved, onCancel }) {
  const webhook = inbox.channel?.webhook;
  const { values, set, fault, ...edit } = useEdit({ url: webhook?.url ?? "", unknown: webhook?.unknown ?? "retry" });
  useLeaveGuard(edit.dirty);
  const save = async () => {
    const saved = await edit.save((body) => api.patch(`/inboxes/${inbox.id}`, { channel: { webhook: body } }));
    if (!saved) return;
    toast("The channel is saved");
    edit.begin({ url: saved.channel.webhook.url, unknown: saved.channel.webhook.unknown });
    onSaved(saved);
  };
  const remove = async () => {
    const text = "Messages written from then on are recorded as sent to nobody, and what was meant for the channel is held. Its secrets are gone.";
    if (!(await confirm({ title: "Take the channel away?", text, confirm: "Take it away", danger: true }))) return;
    try {
      onSaved(await api.patch(`/inboxes/${inbox.id}`, { channel: null }));
      toast("The channel is taken away");
    } catch (error) {
      failed(error);
    }
  };
  const again = Boolean(webhook?.gone_at);
  const actions =
    !off &&
    html`
      <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.url || !(edit.dirty || again)}>Save<//>
      ${webhook
        ? html`<${Button} kind="danger" onClick=${remove}>Take it away<//>`
        : html`<${Button} onClick=${onCancel}>Cancel<//>`}
    `;
  return html`<${Form} onSubmit=${save} busy=${edit.busy} error=${edit.error} actions=${actions}>
    <${Field} label="URL" hint="https at a public address, unless the host allows more." required error=${fault("url")}>
      ${(/** @type {any} */ field) =>
        html`<${Input}
          ...${field}
          mono
          type="url"
          placeholder="https://example.com/messages"
          autofocus=${!webhook}
          disabled=${off}
          value=${values.url}
          onInput=${(/** @type {string} */ url) => set({ url })}
        />`}
    <//>
    <div class="field">
      <div class="field-label" id="policy">A message whose sending ended in doubt</div>
      <${Radios}
        label="A message whose sending ended in doubt"
        options=${POLICIES.map((one) => ({ ...one, disabled: off }))}
        value=${values.unknown}
        onChange=${(/** @type {UnknownPolicy} */ unknown) => set({ unknown })}
      />
    </div>
  <//>`;
}

/** @param {Props & {secrets: SigningSecret[], off: boolean}} props */
function Secrets({ inbox, secrets, off, onSaved }) {
  const [once, setOnce] = useState(/** @type {string | null} */ (null));
  const [busy, setBusy] = useState(false);
  const reread = async () => onSaved(await api.get(`/inboxes/${inbox.id}`));
  const act = async (/** @type {() => Promise<void>} */ ask) => {
    setBusy(true);
    try {
      await ask();
      await reread();
    } catch (error) {
      failed(error);
    }
    setBusy(false);
  };
  const add = () => act(async () => setOnce((await api.post(`/inboxes/${inbox.id}/secrets`, {})).secret));
  const remove = async (/** @type {SigningSecret} */ { id }) => {
    const text = "It signs nothing from then on, and what the other side signs with it is refused.";
    if (!(await confirm({ title: "Take the secret away?", text, confirm: "Take it away", danger: true }))) return;
    await act(async () => {
      await api.delete(`/inboxes/${inbox.id}/secrets/${id}`);
      toast("The secret is taken away");
    });
  };
  const actions = !off && html`<${Button} small icon="plus" busy=${busy} onClick=${add}>Add a secret<//>`;
  const lead = "A new one signs beside those before it, which end a day later: time to give the other side the new one.";
  return html`<${Card} title="Signing secrets" lead=${lead} actions=${actions} flush>
    ${once && html`<div class="card-inset"><${Once} text=${once} /></div>`}
    <${Table} label="Signing secrets" columns=${columnsOf(off, remove)} rows=${secrets} />
  <//>`;
}

/**
 * @param {boolean} off
 * @param {(secret: SigningSecret) => void} onRemove
 */
function columnsOf(off, onRemove) {
  const columns = [
    { key: "id", title: "Secret", cell: (/** @type {SigningSecret} */ one) => html`<${Copy} text=${one.id} plain />` },
    { key: "at", title: "Made", width: "120px", hide: "narrow", cell: (/** @type {SigningSecret} */ one) => html`<${Ago} at=${one.created_at} />` },
    { key: "end", title: "Good", width: "170px", cell: (/** @type {SigningSecret} */ one) => good(one) },
  ];
  const cell = (/** @type {SigningSecret} */ one) => html`<${Button} kind="quiet" small icon="trash-2" label="Take it away" onClick=${() => onRemove(one)} />`;
  return off ? columns : [...columns, { key: "Take away", width: "56px", align: "right", cell }];
}

/** @param {SigningSecret} secret */
function good({ not_after }) {
  if (!not_after) return html`<${Badge} tone="ok">until taken away<//>`;
  const over = new Date(not_after).getTime() <= Date.now();
  return over ? html`<${Badge}>ended<//>` : html`<${Badge} tone="warn">ends <${Ago} at=${not_after} /><//>`;
}
