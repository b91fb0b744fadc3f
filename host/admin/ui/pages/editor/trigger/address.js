/** The address of a trigger, its keys, and the curl line that tries it. */
import { api } from "../../../core/api.js";
import { html, useState } from "../../../core/html.js";
import { useLoad } from "../../../core/load.js";
import { useSession } from "../../../core/session.js";
import { Ago, Moment } from "../../../core/time.js";
import { Badge } from "../../../views/badge.js";
import { Button } from "../../../views/button.js";
import { Card } from "../../../views/card.js";
import { Code } from "../../../views/code.js";
import { Copy, Once } from "../../../views/copy.js";
import { Dialog, confirm } from "../../../views/dialog.js";
import { Empty, ErrorBox } from "../../../views/empty.js";
import { Field, Select } from "../../../views/field.js";
import { Table } from "../../../views/table.js";
import { failed, toast } from "../../../views/toast.js";
import { curl } from "./curl.js";

/** @typedef {import("../state.js").Draft} Draft */
/** @typedef {{ id: string, created_at: string, not_after: string | null, revoked_at: string | null, last_used_at: string | null, key?: string }} Key */

/** How long a new key may be good. */
const LIFETIMES = [
  { value: "", label: "Until it is revoked" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
];

/** @param {{ draft: Draft }} props */
export function Address({ draft }) {
  const { id, url } = draft.automation;
  const { can } = useSession();
  const [made, setMade] = useState(/** @type {string | null} */ (null));
  const [making, setMaking] = useState(false);
  const keys = useLoad((signal) => (can("editor") ? api.get(`/automations/${id}/keys`, { query: { limit: 1000 }, signal }) : Promise.resolve({ items: [] })), [id]);

  const took = (/** @type {Key} */ key) => {
    setMade(key.key ?? null);
    setMaking(false);
    keys.reload();
  };
  const lead = "The outside system POSTs JSON here, with a key as bearer token. 200 means that the request is on disk.";
  const newKey = can("editor") && html`<${Button} icon="plus" small onClick=${() => setMaking(true)}>New key<//>`;
  return html`<${Card} title="Webhook" lead=${lead} actions=${newKey}>
    <div class="stack">
      <${Copy} text=${url} label="Webhook URL" wrap />
      ${made && html`<${Once} text=${made} title="The new key" hint="It is shown this once: put it into the outside system now. Earlier keys stay good until you revoke them." />`}
      ${can("editor") && html`<${Keys} automation=${id} keys=${keys} />`}
      <${Code} text=${curl(url, made, draft.sample)} language="curl" label="Try it from a shell" copy wrap />
    </div>
    ${making && html`<${NewKey} automation=${id} onMade=${took} onClose=${() => setMaking(false)} />`}
  <//>`;
}

/** @param {{ automation: string, keys: import("../../../core/load.js").Loaded<any> }} props */
function Keys({ automation, keys }) {
  const revoke = async (/** @type {Key} */ key) => {
    const title = `Revoke the key ${key.id}?`;
    const text = "Requests with it are refused within a second. Make a new key first and put it into the outside system, so that nothing is missed.";
    if (!(await confirm({ title, text, confirm: "Revoke", danger: true }))) return;
    try {
      await api.delete(`/automations/${automation}/keys/${key.id}`);
      toast("The key is revoked");
      keys.reload();
    } catch (error) {
      failed(error);
    }
  };
  if (keys.error && !keys.data) return html`<${ErrorBox} error=${keys.error} retry=${keys.reload} />`;
  const shown = [...(keys.data?.items ?? [])].reverse();
  const columns = [
    { key: "id", title: "Key", cell: (/** @type {Key} */ key) => html`<span class="mono">hbx_${key.id}_…</span>` },
    { key: "state", title: "State", cell: (/** @type {Key} */ key) => html`<${KeyState} value=${key} />` },
    { key: "used", title: "Last used", cell: (/** @type {Key} */ key) => html`<${Ago} at=${key.last_used_at} />`, hide: "narrow" },
    { key: "made", title: "Made", cell: (/** @type {Key} */ key) => html`<${Moment} at=${key.created_at} />`, hide: "narrow" },
    { key: "act", title: "", align: "right", cell: (/** @type {Key} */ key) => isLive(key)
      && html`<${Button} kind="quiet" small onClick=${() => revoke(key)}>Revoke<//>` },
  ];
  const empty = html`<${Empty} small icon="key-round" title="No key yet" text="Without one nothing can be sent to this trigger." />`;
  return html`<${Table} columns=${columns} rows=${shown} rowKey=${(/** @type {Key} */ key) => key.id} loading=${keys.loading && !keys.data}
    empty=${empty} label="Keys" dense />`;
}

/** @param {Key} key */
function isLive(key) {
  return !key.revoked_at && (!key.not_after || new Date(key.not_after) > new Date());
}

/** @param {{ value: Key }} props */
function KeyState({ value }) {
  if (value.revoked_at) return html`<${Badge} tone="idle">revoked <${Ago} at=${value.revoked_at} /><//>`;
  if (!isLive(value)) return html`<${Badge} tone="idle">expired<//>`;
  return value.not_after
    ? html`<${Badge} tone="ok">live, ends <${Ago} at=${value.not_after} /><//>`
    : html`<${Badge} tone="ok">live<//>`;
}

/** @param {{ automation: string, onMade: (key: Key) => void, onClose: () => void }} props */
function NewKey({ automation, onMade, onClose }) {
  const [days, setDays] = useState("");
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      const not_after = days && new Date(Date.now() + Number(days) * 86_400_000).toISOString();
      onMade(await api.post(`/automations/${automation}/keys`, not_after ? { not_after } : {}));
    } catch (error) {
      failed(error);
      setBusy(false);
    }
  };
  const actions = html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" type="submit" busy=${busy}>Make the key<//>`;
  return html`<${Dialog} title="New key" lead="To rotate keys: make a new one, put it into the outside system, then revoke the old one."
    onClose=${onClose} onSubmit=${make} actions=${actions}>
    <${Field} label="Good for">${(/** @type {any} */ field) => html`
      <${Select} ...${field} options=${LIFETIMES} value=${days} onChange=${setDays} />`}<//>
  <//>`;
}
