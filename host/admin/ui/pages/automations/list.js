/** The list of automations: state, last run, success and traffic of the last day; everything begins here. */

import { api } from "../../core/api.js";
import { html, useMemo, useState } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { Link, navigate, useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago, count, share } from "../../core/time.js";
import { because, plural } from "../../core/words.js";
import { StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Empty, ErrorBox, Notice } from "../../views/empty.js";
import { Filters, Search } from "../../views/filters.js";
import { Page } from "../../views/page.js";
import { Spark } from "../../views/spark.js";
import { Table } from "../../views/table.js";
import { Tabs } from "../../views/tabs.js";
import { everyAutomation } from "./acts.js";
import { CreateDialog } from "./create.js";
import { ImportDialog } from "./import.js";
import { AutomationMenu } from "./menu.js";

/** @typedef {import("../editor/state.js").Automation} Automation */
/** @typedef {import("api").Schemas["AutomationStats"]} Figures */

const HOURS = 24;
/** How often the figures are read again, in milliseconds. */
const FIGURES_EVERY_MS = 30_000;
const STATES = ["live", "draft", "paused", "archived"];

/** @param {{query: Record<string, string>}} props */
export default function AutomationList({ query }) {
  const { path, setQuery } = useRoute();
  const { can } = useSession();
  const [importing, setImporting] = useState(false);
  const automations = useLoad(everyAutomation, []);
  const figures = useLoad(readFigures, [], { every: FIGURES_EVERY_MS });
  const all = automations.data ?? [];
  const state = STATES.includes(query.state ?? "") ? query.state : "";
  const rows = useMemo(() => matching(all, query.q ?? "", state ?? ""), [automations.data, query.q, state]);
  const columns = useMemo(() => columnsOf(figures.data, automations.reload), [figures.data, automations.reload]);
  const create = () => navigate("/automations/new");

  const actions = html`
    <${Button} icon="upload" onClick=${() => setImporting(true)} disabled=${!can("editor")} title=${can("editor") ? undefined : ONLY_EDITORS}>Import<//>
    <${Button} kind="primary" icon="plus" to="/automations/new" disabled=${!can("editor")}
      title=${can("editor") ? undefined : ONLY_EDITORS}>New automation<//>`;

  return html`<${Page} title="Automations" lead="JSON comes in at a URL, finds its contact, and the steps run in order." actions=${actions} wide>
    ${automations.error ? html`<${ErrorBox} error=${automations.error} retry=${automations.reload} />` : html`
      ${(automations.loading || all.length > 0) && html`<div class="automations-bar">
        <${Tabs} label="State" value=${state} onChange=${(/** @type {string} */ value) => setQuery({ state: value })} items=${tabsOf(all)} />
        <${Filters}>
          <${Search} value=${query.q ?? ""} onInput=${(/** @type {string} */ q) => setQuery({ q })} placeholder="Name, inbox or action"
            label="Search automations" />
        <//>
      </div>`}
      ${figures.error && html`<${Notice} tone="warn" title="The figures cannot be read">${because(figures.error)}<//>`}
      <${Table} label="Automations" columns=${columns} rows=${rows} rowKey=${(/** @type {Automation} */ one) => one.id}
        loading=${automations.loading && !automations.data} openTo=${(/** @type {Automation} */ one) => `/automations/${one.id}`}
        empty=${all.length === 0 ? firstSteps(can("editor"), create, () => setImporting(true)) : nothingFound(query, setQuery)} />`}
    ${path === "/automations/new" && can("editor") && html`<${CreateDialog} onClose=${() => navigate("/automations", { replace: true })} />`}
    ${importing && html`<${ImportDialog} onClose=${() => setImporting(false)} onDone=${automations.reload} />`}
  <//>`;
}

const ONLY_EDITORS = "Editors may change automations; your role is a viewer’s.";

/** @param {AbortSignal} signal @returns {Promise<Map<string, Figures>>} */
async function readFigures(signal) {
  const { items } = await api.get("/stats/automations", { query: { hours: HOURS }, signal });
  return new Map(items.map((/** @type {Figures} */ one) => [one.automation, one]));
}

/**
 * Those whose name, inbox or actions contain every word; archived ones only where they are asked for.
 * @param {Automation[]} all
 * @param {string} text
 * @param {string} state
 */
function matching(all, text, state) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const actions = (/** @type {any[]} */ steps) => steps.map((step) => step.action ?? "");
  const told = (/** @type {Automation} */ { name, document }) => [name, document.inbox, ...actions(document.steps)].join(" ").toLowerCase();
  return all
    .filter((one) => (state ? one.state === state : one.state !== "archived" || words.length > 0))
    .filter((one) => words.every((word) => told(one).includes(word)))
    .sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
}

/** @param {Automation[]} all */
function tabsOf(all) {
  const number = (/** @type {string} */ state) => all.filter((one) => one.state === state).length;
  return [
    { value: "", label: "All", count: all.length - number("archived") },
    ...STATES.map((state) => ({ value: state, label: state.charAt(0).toUpperCase() + state.slice(1), count: number(state) })),
  ];
}

/**
 * @param {Map<string, Figures> | null} figures
 * @param {() => Promise<void>} reload
 */
function columnsOf(figures, reload) {
  const of = (/** @type {Automation} */ one) => figures?.get(one.id) ?? null;
  return [
    { key: "name", title: "Name", grow: true, cell: (/** @type {Automation} */ one) => html`<span class="automation-name">
      <span class="strong truncate">${one.name}</span>
      <span class="faint small truncate">${one.document.inbox} · ${plural(one.document.steps.length, "step")}</span>
    </span>` },
    { key: "state", title: "State", width: "104px", cell: (/** @type {Automation} */ one) => html`<${StateBadge} state=${one.state} />` },
    { key: "last", title: "Last run", width: "200px", cell: (/** @type {Automation} */ one) => lastRun(of(one)) },
    { key: "captures", title: "Captures", width: "96px", align: "right", hide: "medium", cell: (/** @type {Automation} */ one) => html`<span
      class="num">${figures ? count(of(one)?.captures ?? 0) : ""}</span>` },
    { key: "success", title: "Success", width: "112px", align: "right", hide: "narrow", cell: (/** @type {Automation} */ one) => success(one, of(one)) },
    { key: "spark", title: "Last 24 hours", width: "136px", hide: "medium", cell: (/** @type {Automation} */ one) => traffic(of(one)) },
    { key: "menu", title: html`<span
      class="sr-only">Actions</span>`, width: "64px", align: "right", cell: (/** @type {Automation} */ one) => html`<${AutomationMenu}
        automation=${one} onChange=${reload} />` },
  ];
}

/** @param {Figures | null} figures */
function lastRun(figures) {
  const run = figures?.last_run;
  if (!run) return html`<span class="faint">${figures ? "never" : "–"}</span>`;
  return html`<${Link} class="automation-run" to=${`/runs/${run.id}`}><${StateBadge} state=${run.state} /><span class="faint small">
    <${Ago} at=${run.at} /></span><//>`;
}

/**
 * @param {Automation} automation
 * @param {Figures | null} figures
 */
function success(automation, figures) {
  if (!figures) return html`<span class="faint">–</span>`;
  const ended = figures.succeeded + figures.failed;
  if (figures.failed === 0) return html`<span class="num">${share(figures.succeeded, ended)}</span>`;
  return html`<span class="automation-success">
    <span class="num">${share(figures.succeeded, ended)}</span>
    <${Link} class="num small automation-failed" to=${`/runs?automation=${automation.id}&state=failed`}>${count(figures.failed, { compact: true })} failed<//>
  </span>`;
}

/** @param {Figures | null} figures */
function traffic(figures) {
  if (!figures) return html`<span class="automation-spark"></span>`;
  const values = figures.hourly.map((hour) => hour.captures);
  return html`<span class="automation-spark"><${Spark} values=${values} tone=${figures.failed > 0 ? "warn" : "info"} width=${112}
    label=${`Captures by hour: ${figures.captures} in ${values.length} hours`} /></span>`;
}

/**
 * @param {boolean} mayCreate
 * @param {() => void} create
 * @param {() => void} take
 */
function firstSteps(mayCreate, create, take) {
  const text = "An automation gets a URL and a key. What is posted there is written to disk, mapped onto a contact and handed to its steps.";
  const action = mayCreate && html`<div class="row">
    <${Button} kind="primary" icon="plus" onClick=${create}>New automation<//><${Button} icon="upload" onClick=${take}>Import YAML<//>
  </div>`;
  return html`<${Empty} icon="zap" title="No automation yet" text=${mayCreate ? text : `${text} An editor of this workspace can make the first.`}
    action=${action} />`;
}

/**
 * @param {Record<string, string>} query
 * @param {(patch: Record<string, string | null>) => void} setQuery
 */
function nothingFound(query, setQuery) {
  const title = query.q ? `Nothing contains “${query.q}”` : `No automation is ${query.state || "here"}`;
  const text = query.q ? "Names, inboxes and actions are searched." : "";
  return html`<${Empty} icon="search" title=${title} text=${text} action=${html`<${Button}
    onClick=${() => setQuery({ q: null, state: null })}>Show all<//>`} />`;
}
