/** Lists: the named sets of contacts. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { usePages } from "../../core/load.js";
import { Moment } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Dialog } from "../../views/dialog.js";
import { Empty, ErrorBox } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { Page } from "../../views/page.js";
import { Table } from "../../views/table.js";
import { toast } from "../../views/toast.js";
import { ContactTabs } from "./tabs.js";

/** @typedef {import("./membership.js").List} List */

const COLUMNS = [
  { key: "name", title: "Name", cell: (/** @type {List} */ list) => html`<span class="run-name">${list.name}</span>` },
  { key: "made", title: "Made", align: "right", width: "180px", cell: (/** @type {List} */ list) => html`<${Moment} at=${list.created_at} />` },
];

/** The page of lists. */
export default function ListsPage() {
  const session = useSession();
  const [making, make] = useState(false);
  const pages = usePages("/lists", { limit: 200 });
  const button = session.can("editor") && html`<${Button} kind="primary" icon="plus" onClick=${() => make(true)}>New list<//>`;
  return html`<${Page} title="Lists" tabs=${html`<${ContactTabs} at="/lists" />`} actions=${button}>
    <${Card} flush><${Table} label="Lists" columns=${COLUMNS} ...${pages} rows=${pages.items} openTo=${(/** @type {List} */ list) => `/lists/${list.id}`}
      empty=${html`<${Empty} icon="list" title="No lists yet" text="A list is a named set of contacts. Automations put contacts on it and take them off; you can too." action=${button} />`} /><//>
    ${making && html`<${NewList} close=${() => make(false)} />`}
  <//>`;
}

/** The dialog that makes one.
 * @param {{close: () => void}} props */
function NewList({ close }) {
  const [name, setName] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      const list = await api.post("/lists", { name: name.trim() });
      toast(`The list ${list.name} is made`);
      navigate(`/lists/${list.id}`);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const fault = error?.faults?.find((/** @type {any} */ { at }) => at === "name")?.message ?? (error?.status === 409 ? "There is a list of that name" : undefined);
  return html`<${Dialog} title="New list" onClose=${close} onSubmit=${submit} actions=${[
    html`<${Button} onClick=${close}>Cancel<//>`,
    html`<${Button} kind="primary" type="submit" busy=${busy} disabled=${!name.trim()}>Make list<//>`,
  ]}>
    <${Field} label="Name" error=${fault} hint="Automations name it by this">${(/** @type {any} */ field) => html`<${Input} ...${field}
      value=${name} onInput=${setName} autofocus autocomplete="off" maxlength="100" />`}<//>
    ${error && !fault && html`<${ErrorBox} error=${error} />`}
  <//>`;
}
