/** The plugins of a workspace: its own, which it uploads and decides about, and those of the host. */
import { html, useState } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { count, share } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Badge, StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { DropZone } from "../../views/drop-zone.js";
import { Empty, Skeleton } from "../../views/empty.js";
import { Filters, Search } from "../../views/filters.js";
import { Page } from "../../views/page.js";
import { Table } from "../../views/table.js";
import { byName, isOwn } from "./data.js";
import { everyVersion, useDetails, useFigures } from "./reads.js";
import { handOver } from "./sending.js";
import { StandingBadge } from "./standing.js";

/** @typedef {import("./data.js").Named} Named */

/** From how many names on they can be searched. */
const SEARCHED_FROM = 12;

const LEAD = "Actions that steps can use. Each runs in a sandbox of its own and may do only what was granted.";

export default function PluginsPage() {
  const { can } = useSession();
  const versions = useLoad((signal) => everyVersion(signal), []);
  const [text, setText] = useState("");
  const all = byName(versions.data ?? []);
  const details = useDetails(all.map(({ shown }) => shown.id));
  const names = all.filter((one) => suits(one, text));
  const figures = useFigures();
  const own = names.filter((one) => one.versions.some(isOwn));
  const hosts = names.filter((one) => !one.versions.some(isOwn));
  const columns = columnsOf(details, figures);
  const upload = (/** @type {File} */ file) => {
    handOver(file);
    navigate("/plugins/upload");
  };
  const actions = can("admin") && html`<${Button} kind="primary" icon="upload" to="/plugins/upload">Upload<//>`;
  const { loading, error, reload } = versions;
  const none = html`<${Empty} small icon="search" title="None of that name" />`;
  const rest = { columns, rowKey: (/** @type {Named} */ one) => one.name, openTo, loading, error, reload };
  return html`<${Page} title="Plugins" lead=${LEAD} actions=${actions}>
    ${all.length > SEARCHED_FROM && html`<${Filters}><${Search} value=${text} onInput=${setText} placeholder="Name of a plugin" /><//>`}
    <${Card} title="This workspace's own" flush>
      <${Table} ...${rest} rows=${own} label="Plugins of this workspace" empty=${text ? none : html`<${NoneYet} />`} />
      <//>
    ${can("admin") && html`<div class="plugin-drop"><${DropZone} title="Drop a component (.wasm) here to upload it" onFile=${upload} /></div>`}
    <${Card} title="The host's" flush>
      <${Table} ...${rest} rows=${hosts} label="Plugins of the host" empty=${text ? none : html`<${Empty} small title="The host brings none" />`} />
    <//>
  <//>`;
}

/**
 * @param {Named} one
 * @param {string} text
 */
function suits({ name, shown }, text) {
  return `${name} ${shown.manifest.title}`.toLowerCase().includes(text.trim().toLowerCase());
}

function NoneYet() {
  const { can } = useSession();
  const text = can("admin")
    ? "Write one in Rust, JavaScript or Python with “hookbox plugin new”, build it, and upload the .wasm file."
    : "An admin of this workspace can upload one.";
  return html`<${Empty} icon="puzzle" title="No plugin of this workspace's own yet" text=${text} />`;
}

/** @param {Named} one */
function openTo(one) {
  return `/plugins/${(one.waiting ?? one.shown).id}`;
}

/**
 * @param {Record<string, import("./data.js").Detail | Error>} details
 * @param {ReturnType<typeof useFigures>} figures
 */
function columnsOf(details, figures) {
  const known = (/** @type {Named} */ one) => details[one.shown.id];
  const columns = [
    { key: "name", title: "Plugin", wrap: true, cell: NameCell },
    { key: "version", title: "Version", width: "160px", wrap: true, cell: VersionCell },
    { key: "health", title: "Health", width: "130px", cell: (/** @type {Named} */ one) => health(one, known(one)) },
    { key: "used", title: "Used by", width: "140px", hide: "narrow", cell: (/** @type {Named} */ one) => used(known(one)) },
  ];
  const cell = (/** @type {Named} */ one) => calls(figures, one.name);
  const count = { key: "calls", title: "Calls in 24 h", width: "160px", align: "right", hide: "medium", cell };
  return figures.error ? columns : [...columns, count];
}

/** @param {Named} one */
function NameCell({ name, shown, waiting }) {
  return html`<div class="plugin-name">
    <span class="strong">${shown.manifest.title}</span>
    <code>${name}</code>
    ${waiting &&
    waiting !== shown &&
    html`<${Badge} tone="warn">${waiting.manifest.version} to be decided<//>`}
  </div>`;
}

/** @param {Named} one */
function VersionCell({ shown }) {
  return html`<div class="plugin-standing"><span class="num">${shown.manifest.version}</span><${StandingBadge} plugin=${shown} /></div>`;
}

/**
 * @param {Named} one
 * @param {import("./data.js").Detail | Error | undefined} detail
 */
function health({ shown }, detail) {
  if (!shown.active) return html`<span class="faint">not called</span>`;
  if (detail === undefined) return html`<${Skeleton} lines=${1} />`;
  return detail instanceof Error ? html`<span class="faint">not known</span>` : html`<${StateBadge} state=${detail.health.state} />`;
}

/** @param {import("./data.js").Detail | Error | undefined} detail */
function used(detail) {
  if (detail === undefined) return html`<${Skeleton} lines=${1} />`;
  if (detail instanceof Error) return html`<span class="faint">not known</span>`;
  const { length } = detail.used_by;
  return length === 0 ? html`<span class="faint">nowhere</span>` : plural(length, "automation");
}

/**
 * @param {ReturnType<typeof useFigures>} figures
 * @param {string} name
 */
function calls(figures, name) {
  const one = figures.data?.[name];
  if (!one) return html`<span class="faint">${figures.data ? "none" : "…"}</span>`;
  return html`<span class="num">${count(one.calls)}</span>
    ${one.failed > 0 && html` <span class="tone-bad num">${share(one.failed, one.calls)} failed</span>`}`;
}
