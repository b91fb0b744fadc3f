/** The overview: what comes in, what becomes of it, how long it takes, and what needs somebody. */
import { api } from "../../core/api.js";
import { html } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { Link, useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { count, duration, share } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Card, Stat, Stats } from "../../views/card.js";
import { Chart } from "../../views/chart.js";
import { Empty, ErrorBox } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { Table } from "../../views/table.js";
import { Segments } from "../../views/segments.js";
import { Silent } from "./silent.js";
import { ShareOf, perMinute, seconds } from "./series.js";

/** @typedef {import("./series.js").Overview} Overview */

const RANGES = [
  { value: "1h", label: "Hour" },
  { value: "24h", label: "Day" },
  { value: "7d", label: "Week" },
];

/** How often it is asked anew, in milliseconds. */
const EVERY_MS = 5_000;

/** The overview of the workspace. */
export default function OverviewPage() {
  const { query, setQuery } = useRoute();
  const range = RANGES.some(({ value }) => value === query.range) ? query.range : "1h";
  const { workspace } = useSession();
  const load = (/** @type {AbortSignal} */ signal) => api.get("/stats/overview", { query: { range }, signal });
  const { data, error, reload } = useLoad(load, [range, workspace?.id], { every: EVERY_MS });
  const tabs = html`<${Segments} options=${RANGES} value=${range} label="Time"
    onChange=${(/** @type {string} */ next) => setQuery({ range: next === "1h" ? null : next })} />`;
  return html`<${Page} title="Overview" wide actions=${tabs}>
    ${error && !data ? html`<${ErrorBox} error=${error} retry=${reload} />` : html`<${Body} overview=${data} />`}
  <//>`;
}

/** @param {{ overview: Overview | null }} props */
function Body({ overview }) {
  if (overview && isQuiet(overview)) return html`<${Beginning} />`;
  return html`<div class="stack">
    ${overview && overview.silent.length > 0 && html`<${Silent} silent=${overview.silent} />`}
    <${Totals} overview=${overview} />
    <div class="overview-charts">
      <${Runs} overview=${overview} />
      <${Latency} overview=${overview} />
      <${Depth} overview=${overview} />
    </div>
    <div class="overview-tables">
      <${Failures} overview=${overview} />
      <${Plugins} overview=${overview} />
    </div>
  </div>`;
}

/** @param {Overview} overview */
function isQuiet({ totals, queue, silent }) {
  const nothing = totals.captures + totals.succeeded + totals.failed === 0 && silent.length === 0;
  return nothing && queue.captures_waiting + queue.runs_waiting + queue.held + queue.outbox === 0;
}

/** What is shown before anything happened. */
function Beginning() {
  const { can } = useSession();
  const action = can("editor") && html`<div class="row">
    <${Button} kind="primary" icon="plus" to="/automations/new">Create an automation<//>
    <${Button} to="/automations">See automations<//>
  </div>`;
  return html`<${Empty} icon="activity" title="Nothing has come in during this time" action=${action}
    text="Create an automation, give its URL and key to the outside system, and what it sends appears here within a second." />`;
}

/** @param {{ overview: Overview | null }} props */
function Totals({ overview }) {
  const { totals, queue } = overview ?? { totals: { captures: 0, succeeded: 0, failed: 0 }, queue: null };
  const ended = totals.succeeded + totals.failed;
  const dash = (/** @type {string} */ text) => (overview ? text : "–");
  const waiting = queue ? queue.captures_waiting + queue.runs_waiting : 0;
  return html`<${Stats}>
    <${Stat} label="Captures" value=${dash(count(totals.captures))} hint="requests accepted" />
    <${Stat} label="Runs succeeded" value=${dash(count(totals.succeeded))} hint=${dash(ended > 0 ? `${share(totals.succeeded, ended)} of those that ended` : "none ended")} tone="ok" />
    <${Stat} label="Runs failed" value=${html`<${Link} to="/runs/failed">${dash(count(totals.failed))}<//>`} hint="see dead letters" tone=${totals.failed > 0 ? "bad" : undefined} />
    <${Stat} label="Waiting now" value=${dash(count(waiting))} hint=${dash(queue ? `${count(queue.held)} held, ${count(queue.outbox)} in the outbox` : "")} />
  <//>`;
}

/** @param {{ overview: Overview | null }} props */
function Runs({ overview }) {
  const rate = (/** @type {number[] | undefined} */ values) => perMinute(values, overview?.step_s ?? 60);
  const series = [
    { label: "captured", values: rate(overview?.captures), tone: "info", kind: "area" },
    { label: "succeeded", values: rate(overview?.succeeded), tone: "ok", kind: "line" },
    { label: "failed", values: rate(overview?.failed), tone: "bad", kind: "line" },
  ];
  return html`<${Card} title="Captures and runs" lead="per minute">
    <${Chart} x=${seconds(overview)} series=${series} height=${200} label="Captures and runs per minute" />
  <//>`;
}

/** @param {{ overview: Overview | null }} props */
function Latency({ overview }) {
  const series = [
    { label: "half within", values: overview?.p50_ms ?? [], tone: "info", kind: "line" },
    { label: "99 % within", values: overview?.p99_ms ?? [], tone: "warn", kind: "line" },
  ];
  return html`<${Card} title="From request to finished run" lead="median and 99th percentile, waits of automations included">
    <${Chart} x=${seconds(overview)} series=${series} height=${200} format=${(/** @type {number} */ ms) => duration(ms)} label="Latency of runs" />
  <//>`;
}

/** @param {{ overview: Overview | null }} props */
function Depth({ overview }) {
  const series = [{ label: "waiting", values: overview?.queue_depth ?? [], tone: "warn", kind: "area" }];
  return html`<${Card} title="What waited its turn" lead="the most captures and runs that were due at once, counted every minute">
    <${Chart} x=${seconds(overview)} series=${series} height=${120} label="Captures and runs that waited" />
  <//>`;
}

/** @param {{ overview: Overview | null }} props */
function Failures({ overview }) {
  const most = Math.max(1, ...(overview?.failures ?? []).map(({ count: failed }) => failed));
  const columns = [
    { key: "code", title: "Reason", grow: true, cell: (/** @type {any} */ row) => html`<span class="mono">${row.code}</span>` },
    { key: "automation", title: "Automation", grow: true, cell: (/** @type {any} */ row) => html`<${Link} to=${`/automations/${row.automation}`}>${row.automation_name}<//>` },
    { key: "count", title: "Runs", width: "132px", align: "right", cell: (/** @type {any} */ row) => html`<${ShareOf} value=${row.count} most=${most} />` },
  ];
  const open = (/** @type {any} */ row) => `/runs/failed?automation=${row.automation}&code=${encodeURIComponent(row.code)}`;
  return html`<${Card} title="Failures by reason" flush>
    <${Table} columns=${columns} rows=${overview?.failures ?? []} rowKey=${(/** @type {any} */ row) => `${row.code} ${row.automation}`} openTo=${open} loading=${!overview}
      empty=${html`<${Empty} small icon="circle-check" title="No run failed" text="Reasons of failed runs appear here." />`} label="Failures by reason" dense />
  <//>`;
}

/** @param {{ overview: Overview | null }} props */
function Plugins({ overview }) {
  const micros = (/** @type {number} */ us) => html`<span class="num">${duration(us / 1000)}</span>`;
  const columns = [
    { key: "name", title: "Plugin", grow: true, cell: (/** @type {any} */ row) => html`<span class="mono">${row.name}</span>` },
    { key: "calls", title: "Calls", width: "84px", align: "right", cell: (/** @type {any} */ row) => html`<span class="num">${count(row.calls)}</span>` },
    { key: "failed", title: "Failed", width: "76px", align: "right", hide: "narrow", cell: (/** @type {any} */ row) => html`<span class=${row.failed > 0 ? "num bad" : "num faint"}>${count(row.failed)}</span>` },
    { key: "mean", title: "Mean", width: "84px", align: "right", cell: (/** @type {any} */ row) => micros(row.mean_us) },
    { key: "p99", title: "99 %", width: "84px", align: "right", cell: (/** @type {any} */ row) => micros(row.p99_us) },
    { key: "max", title: "Longest", width: "92px", align: "right", hide: "narrow", cell: (/** @type {any} */ row) => micros(row.max_us) },
  ];
  return html`<${Card} title="Slowest plugins" lead="time of one call" flush>
    <${Table} columns=${columns} rows=${overview?.plugins ?? []} rowKey=${(/** @type {any} */ row) => row.name} openTo=${(/** @type {any} */ row) => `/plugins/${encodeURIComponent(row.name)}`} loading=${!overview}
      empty=${html`<${Empty} small icon="puzzle" title="No action has run" text="What each plugin takes appears here." />`} label="Slowest plugins" dense />
  <//>`;
}
