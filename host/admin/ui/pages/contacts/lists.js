/** Lists: the named sets of contacts. */
import { html, useState } from "../../core/html.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { usePages } from "../../core/load.js";
import { Moment } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Empty } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { Table } from "../../views/table.js";
import { toast } from "../../views/toast.js";
import { ListName } from "./list-name.js";
import { ContactTabs } from "./tabs.js";

/** @typedef {import("./membership.js").List} List */

const COLUMNS = [
  { key: "name", title: "Name", cell: (/** @type {List} */ list) => html`<span class="run-name">${list.name}</span>` },
  { key: "made", title: "Made", align: "right", width: "180px", cell: (/** @type {List} */ list) => html`<${Moment} at=${list.created_at} />` },
];

/** @param {List} list */
function made({ id, name }) {
  toast(`The list ${name} is made`);
  navigate(`/lists/${id}`);
}

/** The page of lists. */
export default function ListsPage() {
  const session = useSession();
  const [making, make] = useState(false);
  const pages = usePages("/lists", { limit: 200 });
  const button = session.can("editor") && html`<${Button} kind="primary" icon="plus" onClick=${() => make(true)}>New list<//>`;
  return html`<${Page} title="Lists" tabs=${html`<${ContactTabs} at="/lists" />`} actions=${button}>
    <${Card} flush><${Table} label="Lists" columns=${COLUMNS} ...${pages} rows=${pages.items} openTo=${(/** @type {List} */ list) => `/lists/${list.id}`}
      empty=${html`<${Empty} icon="list" title="No lists yet" text="A list is a named set of contacts. Automations put contacts on it and take them off; you can too." action=${button} />`} /><//>
    ${making && html`<${ListName} close=${() => make(false)} done=${made} />`}
  <//>`;
}
