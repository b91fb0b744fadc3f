/** The kit: tables, figures, pairs, timelines. */
import { html, useState } from "../../core/html.js";
import { Ago, bytes, count, duration, Moment } from "../../core/time.js";
import { Badge, StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card, Stat, Stats } from "../../views/card.js";
import { Copy } from "../../views/copy.js";
import { Empty } from "../../views/empty.js";
import { Columns, Section } from "../../views/page.js";
import { Pairs } from "../../views/pairs.js";
import { Spark, Split } from "../../views/spark.js";
import { Table } from "../../views/table.js";
import { Timeline, TimelineItem } from "../../views/timeline.js";

const NAMES = ["Order shipped", "Appointment reminder", "Sensor alarm with a rather long name that has to be cut somewhere", "Incident", "Confirmation"];
const STATES = ["succeeded", "failed", "running", "waiting", "succeeded"];

/** @type {any[]} */
const ROWS = NAMES.map((name, at) => ({
  id: `run_01hz8q6k3x9m${at}p`,
  name,
  state: STATES[at],
  began_at: new Date(Date.now() - at ** 3 * 3_700_000 - 12_000).toISOString(),
  ms: 7 * (at + 1) ** 4,
  values: Array.from({ length: 24 }, (_, hour) => Math.round(Math.abs(Math.sin(hour / 3 + at)) * 40 + ((hour * 7 + at) % 9))),
  failed: Array.from({ length: 24 }, (_, hour) => (at === 1 && hour > 19 ? 12 : 0)),
}));

/** @type {import("../../views/table.js").Column[]} */
const COLUMNS = [
  { key: "name", title: "Automation", cell: (row) => row.name },
  { key: "state", title: "State", cell: (row) => html`<${StateBadge} state=${row.state} />`, width: "120px" },
  { key: "chart", title: "Last 24 hours", cell: (row) => html`<${Spark} values=${row.values} over=${row.failed} label="Requests by the hour" />`, width: "130px", hide: "medium" },
  { key: "ms", title: "Took", cell: (row) => duration(row.ms), align: "right", width: "90px", hide: "narrow" },
  { key: "began", title: "Began", cell: (row) => html`<${Ago} at=${row.began_at} />`, align: "right", width: "110px" },
];

/** All of them. */
export function Data() {
  const [picked, setPicked] = useState(new Set([ROWS[1].id]));
  const open = () => undefined;
  return html`<${Stats}>
      <${Stat} label="Captures" value=${count(128_412)} hint="in 24 hours" />
      <${Stat} label="Failed" value=${count(17)} hint="0.1 %" tone="bad" />
      <${Stat} label="Waiting" value=${count(0)} />
      <${Stat} label="p99" value=${duration(48.3)} hint=${`p50 ${duration(6.1)}`} />
    <//>
    <${Card} title="Runs" lead="One automation applied to one capture." actions=${html`<${Button} small icon="rotate-ccw">Replay<//>`} flush>
      <${Table} columns=${COLUMNS} rows=${ROWS} onOpen=${open} picked=${picked} onPick=${setPicked} hasMore more=${open} label="Runs" />
    <//>
    <${Columns} main=${html`<${Happened} />`} side=${html`<${Facts} />`} />
    <${Section} title="Nothing yet, and not yet" lead="Both take the room that rows will take.">
      <div class="grid-2">
        <${Card} title="Loading" flush><${Table} columns=${COLUMNS.slice(0, 2)} rows=${[]} loading label="Loading" /><//>
        <${Card} title="Empty" flush><${Table} columns=${COLUMNS} rows=${[]} label="Empty" empty=${html`<${Empty} icon="zap" title="No automations yet" text="An automation turns a request from outside into actions: a message, a list, a conversation." action=${html`<${Button} kind="primary" icon="plus">Create one<//>`} />`} /><//>
      </div>
    <//>`;
}

function Happened() {
  return html`<${Card} title="Timeline"><${Timeline} label="What happened">
    <${TimelineItem} tone="ok" icon="webhook" title="Captured" text="Order of 203.0.113.7, 412 bytes" aside="14:02:11" />
    <${TimelineItem} tone="ok" icon="check" title=${html`tell them <${Badge}>send-message 0.1.0<//>`} aside=${duration(4.2)} open><${Pairs} items=${[["Message", "Hi Ann, your order has shipped."], ["Memory", bytes(1_310_720)]]} /><//>
    <${TimelineItem} tone="warn" icon="clock" title="wait" text="Goes on in 10 minutes" aside="now" />
    <${TimelineItem} tone="bad" icon="x" title="look up the order" text="HTTP 503 from api.example.com" aside="3 attempts"><p>Tried again in 30 s.</p><//>
    <${TimelineItem} title="add to list" />
  <//><//>`;
}

function Facts() {
  return html`<${Card} title="Pairs"><${Pairs} items=${[
    ["Id", html`<${Copy} text="aut_01hz8q6k3x9m2p" plain />`],
    ["State", html`<${StateBadge} state="live" />`],
    ["Changed", html`<${Moment} at=${Date.now() - 86_400_000 * 3} />`],
    ["Absent", null],
    ["Size", bytes(73_400)],
    ["Shares", html`<${Split} parts=${[{ value: 96, tone: "ok", label: "Succeeded" }, { value: 4, tone: "bad", label: "Failed" }, { value: 9, tone: "info", label: "Waiting" }]} />`],
  ]} /><//>`;
}
