/** The kit: what is clicked and typed into. */
import { html, useState } from "../../core/html.js";
import { Badge, Dot, StateBadge } from "../../views/badge.js";
import { Button, ButtonGroup } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Combobox } from "../../views/combobox.js";
import { Copy, Once } from "../../views/copy.js";
import { DropZone } from "../../views/drop-zone.js";
import { Check, Field, Form, Input, Radios, Select, Switch, TextArea } from "../../views/field.js";
import { Filters, FilterSelect, Search, TimeRange } from "../../views/filters.js";
import { Icon, ICON_NAMES } from "../../views/icon.js";
import { Menu } from "../../views/menu.js";
import { Segments } from "../../views/segments.js";
import { Tabs } from "../../views/tabs.js";

/** Names of inboxes, so that there are enough for a search. */
const INBOXES = ["Support", "Sales", "Front desk", "Night shift", "Deliveries", "Billing"].map((label) => ({
  value: label.toLowerCase(),
  label,
  hint: "+1 215 555 0100",
}));

const STATES = "draft live paused archived queued running waiting held succeeded failed cancelled retrying sent unknown pending quarantined".split(" ");

/** All of them. */
export function Controls() {
  return html`<div class="grid-2"><${Buttons} /><${Marks} /><${Fields} /><${Choices} /><${Rows} /><${Files} /></div>
    <${Card} title="Icons"><div class="row">${ICON_NAMES.map((name) => html`<span title=${name}><${Icon} name=${name} size=${18} /></span>`)}</div><//>`;
}

function Buttons() {
  return html`<${Card} title="Buttons"><div class="stack">
    ${/** @type {const} */ (["primary", "plain", "danger", "quiet"]).map((kind) => html`<div class="row">
      <${Button} kind=${kind} icon="plus">Create<//><${Button} kind=${kind}>Save<//><${Button} kind=${kind} small>Small<//>
      <${Button} kind=${kind} busy>Save<//><${Button} kind=${kind} disabled>Save<//><${Button} kind=${kind} icon="trash-2" label="Remove" />
    </div>`)}
    <div class="row">
      <${ButtonGroup} label="View"><${Button} small aria-pressed="true">Form<//><${Button} small aria-pressed="false">YAML<//><//>
      <${Menu} label="More" items=${[{ label: "Duplicate", icon: "copy" }, { label: "Export", icon: "download", hint: "YAML" }, "-", { label: "Archive", icon: "archive", danger: true }, { label: "Not now", disabled: true }]} />
      <${Button} to="/kit?part=data" icon="arrow-right">A link<//>
    </div>
  </div><//>`;
}

function Marks() {
  return html`<${Card} title="Badges and copies"><div class="stack">
    <div class="row">${STATES.map((state) => html`<${StateBadge} state=${state} />`)}</div>
    <div class="row"><${Badge} tone="info" icon="history">Version 4<//><${Badge}>Owner<//><${Dot} tone="ok" label="Well" /><${Dot} tone="bad" label="Unwell" /><kbd class="kbd">J</kbd></div>
    <div class="row"><${Copy} text="aut_01hz8q6k3x9m2p" /><${Copy} text="run_01hz8q" plain /></div>
    <${Once} text="hbx_01hz8q6k3x9m2p_9f2c4a7b8d1e6f3a5c9b2d8e7f1a4c6b_7d31" title="The key, shown this once" hint="Whoever has it can trigger this automation." />
  </div><//>`;
}

function Fields() {
  const [name, setName] = useState("Order shipped");
  const [text, setText] = useState("Hi {{contact.first_name}}, your order has shipped.");
  const [inbox, setInbox] = useState("support");
  return html`<${Card} title="Fields"><${Form} onSubmit=${() => setName("")} error=${{ detail: "The list is at version 4 now; read it again and repeat the change" }}
    actions=${html`<${Button} kind="primary" type="submit">Save<//><${Button}>Cancel<//>`}>
    <${Field} label="Name" required hint="What it is called in lists.">${(/** @type {any} */ field) => html`<${Input} ...${field} value=${name} onInput=${setName} />`}<//>
    <${Field} label="Path" aside="JSONPath" error="$.phone finds nothing in the sample; $.phone_number would">${(/** @type {any} */ field) => html`<${Input} ...${field} mono value="$.phone" icon="braces" />`}<//>
    <div class="grid-2">
      <${Field} label="Inbox">${(/** @type {any} */ field) => html`<${Combobox} ...${field} options=${INBOXES} value=${inbox} onChange=${setInbox} placeholder="Choose an inbox" />`}<//>
      <${Field} label="Country">${(/** @type {any} */ field) => html`<${Select} ...${field} options=${["US", "DE", "FR"]} placeholder="None" />`}<//>
      <${Field} label="Wait">${(/** @type {any} */ field) => html`<${Input} ...${field} value="10" suffix="minutes" />`}<//>
      <${Field} label="Not now">${(/** @type {any} */ field) => html`<${Input} ...${field} value="Disabled" disabled />`}<//>
    </div>
    <${Field} label="Message" hint="Merge tokens in {{ }}.">${(/** @type {any} */ field) => html`<${TextArea} ...${field} value=${text} onInput=${setText} rows=${3} />`}<//>
  <//><//>`;
}

function Choices() {
  const [on, setOn] = useState(true);
  const [role, setRole] = useState("editor");
  const [tab, setTab] = useState("one");
  const roles = [
    { value: "viewer", label: "Viewer", hint: "Reads everything but secrets." },
    { value: "editor", label: "Editor", hint: "Automations, contacts, runs." },
    { value: "owner", label: "Owner", hint: "Users too.", disabled: true },
  ];
  return html`<${Card} title="Choices"><div class="stack">
    <${Check} checked=${on} onChange=${setOn} label="Require a signature" hint="Standard Webhooks, over the raw body." />
    <${Switch} checked=${on} onChange=${setOn} label="Quiet hours" hint="Messages wait until they end." />
    <${Switch} checked=${false} disabled label="Not yours to change" />
    <${Radios} options=${roles} value=${role} onChange=${setRole} label="Role" />
    <${Segments} label="Range" value=${tab === "one" ? "hour" : "day"} onChange=${() => setTab(tab === "one" ? "two" : "one")} options=${[{ value: "hour", label: "Hour" }, { value: "day", label: "Day" }, { value: "week", label: "Week" }]} />
    <${Tabs} value=${tab} onChange=${setTab} items=${[{ value: "one", label: "Runs", count: 128 }, { value: "two", label: "Dead letters", count: 3, tone: "bad" }, { value: "three", label: "Captures" }]} />
  </div><//>`;
}

function Rows() {
  const [text, setText] = useState("");
  const [state, setState] = useState("failed");
  const [range, setRange] = useState({ from: "", to: "" });
  return html`<${Card} title="Filters">
    <${Filters} active=${Boolean(state || text)} onClear=${() => (setState(""), setText(""))}>
      <${Search} value=${text} onInput=${setText} placeholder="Search runs" />
      <${FilterSelect} label="Any state" options=${["queued", "running", "failed"]} value=${state} onChange=${setState} />
      <${TimeRange} ...${range} onChange=${setRange} />
    <//>
  <//>`;
}

function Files() {
  const [name, setName] = useState("");
  return html`<${DropZone} title="Drop a component here" text=${name ? `You chose ${name}.` : "A .wasm file of up to 64 MiB. Nothing runs before somebody approves it."} onFile=${(/** @type {File} */ file) => setName(file.name)} />`;
}
