/** Whether requests must be signed, and the secrets that they are signed with. */
import { api } from "../../../core/api.js";
import { html, useState } from "../../../core/html.js";
import { useLoad } from "../../../core/load.js";
import { useSession } from "../../../core/session.js";
import { Ago, Moment } from "../../../core/time.js";
import { Button } from "../../../views/button.js";
import { Card } from "../../../views/card.js";
import { Once } from "../../../views/copy.js";
import { confirm } from "../../../views/dialog.js";
import { ErrorBox, Notice } from "../../../views/empty.js";
import { Switch } from "../../../views/field.js";
import { Table } from "../../../views/table.js";
import { failed } from "../../../views/toast.js";

/** @typedef {{ id: string, created_at: string, not_after: string | null, secret?: string }} Secret */

const PLACE = "/trigger/webhook/signature";

/** @param {{ draft: import("../state.js").Draft }} props */
export function Signature({ draft }) {
  const { can } = useSession();
  const { id } = draft.automation;
  const required = draft.doc.trigger?.webhook?.signature === "required";
  const secrets = useLoad((signal) => (can("editor") ? api.get(`/automations/${id}/secrets`, { signal }) : Promise.resolve({ items: [] })), [id]);
  const [made, setMade] = useState(/** @type {Secret | null} */ (null));

  const add = async () => {
    try {
      setMade(await api.post(`/automations/${id}/secrets`, {}));
      secrets.reload();
    } catch (error) {
      failed(error);
    }
  };
  const items = secrets.data?.items ?? [];
  const lead = "With Standard Webhooks signatures a stolen key alone opens nothing, and nothing can be sent twice.";
  const action = can("editor") && html`<${Button} small icon="plus" onClick=${add}>New secret<//>`;
  return html`<${Card} title="Signature" lead=${lead} actions=${action}>
    <div class="stack">
      <${Switch} label="Requests must be signed" hint="Headers webhook-id, webhook-timestamp and webhook-signature over the raw body."
        checked=${required} disabled=${draft.locked} onChange=${(/** @type {boolean} */ on) => draft.change(PLACE, on ? "required" : undefined)} />
      ${required && secrets.data && items.length === 0 && html`<${Notice} tone="warn" title="There is no secret yet">Every request is refused until there is one.<//>`}
      ${made?.secret && html`<${Once} text=${made.secret} title="The new secret" hint="It is shown this once: put it into the outside system now." />`}
      ${secrets.error && html`<${ErrorBox} error=${secrets.error} retry=${secrets.reload} />`}
      ${items.length > 0 && html`<${Secrets} automation=${id} items=${items} onChanged=${secrets.reload} />`}
    </div>
  <//>`;
}

/** @param {{ automation: string, items: Secret[], onChanged: () => void }} props */
function Secrets({ automation, items, onChanged }) {
  const remove = async (/** @type {Secret} */ secret) => {
    const text = "What is signed with it alone is refused from then on.";
    if (!(await confirm({ title: "Take this secret away?", text, confirm: "Take away", danger: true }))) return;
    try {
      await api.delete(`/automations/${automation}/secrets/${secret.id}`);
      onChanged();
    } catch (error) {
      failed(error);
    }
  };
  const columns = [
    { key: "id", title: "Secret", cell: (/** @type {Secret} */ secret) => html`<span class="mono">${secret.id}</span>` },
    { key: "made", title: "Made", cell: (/** @type {Secret} */ secret) => html`<${Moment} at=${secret.created_at} />`, hide: "narrow" },
    { key: "ends", title: "Ends", cell: (/** @type {Secret} */ secret) => secret.not_after ? html`<${Ago} at=${secret.not_after} />` : "when it is taken away" },
    { key: "act", title: "", align: "right", cell: (/** @type {Secret} */ secret) => html`<${Button} kind="quiet" small onClick=${() => remove(secret)}>Take away<//>` },
  ];
  return html`<${Table} columns=${columns} rows=${items} rowKey=${(/** @type {Secret} */ secret) => secret.id} label="Signing secrets" dense />`;
}
