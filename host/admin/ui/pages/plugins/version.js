/** One version of a plugin: the decision about it, how it fares, what it remembers, its settings, and what it would do otherwise. */
import { api } from "../../core/api.js";
import { html, useEffect, useState } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { navigate, useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { ErrorBox, Notice, Skeleton } from "../../views/empty.js";
import { Menu } from "../../views/menu.js";
import { Columns, Page } from "../../views/page.js";
import { Tabs } from "../../views/tabs.js";
import { activate, deactivate, RefuseDialog, remove, rollBack } from "./acts.js";
import { CompareTab } from "./compare.js";
import { before, isOwn, newestFirst, serving } from "./data.js";
import { HealthNotice, HealthTab } from "./health.js";
import { MemoryTab } from "./memory.js";
import { everyVersion, useFigures } from "./reads.js";
import { Review } from "./review.js";
import { SchemaTab } from "./schema.js";
import { Side } from "./side.js";
import { StandingBadge } from "./standing.js";
import { Who } from "./who.js";

/**
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("./data.js").Plugin} Plugin
 */

const BACK = { to: "/plugins", label: "Plugins" };

/** How often health and decisions of others are looked at while somebody reads, in milliseconds. */
const FRESH_MS = 20_000;

const TABS = [
  { value: "grants", label: "Grants" },
  { value: "health", label: "Health" },
  { value: "memory", label: "Memory" },
  { value: "settings", label: "Settings" },
];

/** @param {{params: Record<string, string>, query: Record<string, string>}} props */
export default function VersionPage({ params, query }) {
  const read = useLoad((signal) => readVersion(params.id, signal), [params.id], { every: FRESH_MS });
  const { data } = read;
  if (!data) {
    const tabs = html`<${Tabs} items=${TABS} value=${query.tab ?? "grants"} />`;
    return html`<${Page} title="Plugin" lead=${read.error ? undefined : "…"} back=${BACK} tabs=${read.error ? undefined : tabs}>
      ${read.error ? html`<${ErrorBox} error=${read.error} retry=${read.reload} />` : html`<${Waiting} />`}
    <//>`;
  }
  return html`<${Version} key=${data.plugin.id} ...${data} tab=${query.tab ?? "grants"} reload=${read.reload} />`;
}

/**
 * @param {string} id An id, a digest or a name.
 * @param {AbortSignal} signal
 * @returns {Promise<{plugin: Detail, versions: Plugin[]}>}
 */
async function readVersion(id, signal) {
  const plugin = await api.get(`/plugins/${encodeURIComponent(id)}`, { signal });
  const versions = await everyVersion(signal, plugin.manifest.name);
  return { plugin, versions: newestFirst(versions) };
}

function Waiting() {
  return html`<${Columns}
    main=${html`<${Card}><${Skeleton} height=${320} /><//>`}
    side=${html`<${Card}><${Skeleton} lines=${5} /><//>`}
  />`;
}

/** @param {{plugin: Detail, versions: Plugin[], tab: string, reload: () => Promise<void>}} props */
function Version({ plugin, versions, tab, reload }) {
  const { can } = useSession();
  const { setQuery } = useRoute();
  const figures = useFigures();
  const [refusing, setRefusing] = useState(false);
  const { manifest } = plugin;
  const active = serving(versions);
  const mayDecide = can("admin") && isOwn(plugin);
  const gone = (/** @type {boolean} */ done) => done && navigate(afterRemoval(versions, plugin), { replace: true });
  const rest = { plugin, active, versions, mayDecide };
  const tabs = html`<${Tabs} items=${tabsOf(plugin, active)} value=${tab} onChange=${(/** @type {string} */ next) => setQuery({ tab: next })} />`;
  const badge = html`<span class="plugin-version num">${manifest.version}</span><${StandingBadge} plugin=${plugin} />`;
  const actions = mayDecide && html`<${Actions} ...${rest} reload=${reload} onRefuse=${() => setRefusing(true)} onRemoved=${gone} />`;
  const main = {
    grants: () => html`<${Review} ...${rest} onDone=${reload} onRefuse=${() => setRefusing(true)} />`,
    health: () => html`<${HealthTab} plugin=${plugin} figures=${figures} />`,
    memory: () => html`<${MemoryTab} plugin=${plugin} onChange=${reload} />`,
    settings: () => html`<${SchemaTab} settings=${manifest.settings} />`,
    compare: () => html`<${CompareTab} plugin=${plugin} active=${active} mayCompare=${can("admin")} />`,
  }[tab];
  return html`<${Page} title=${manifest.title} lead=${manifest.description} badge=${badge} back=${BACK} actions=${actions} tabs=${tabs}>
    <${Notices} ...${rest} tab=${tab} />
    <${Columns} main=${main?.()} side=${html`<${Side} plugin=${plugin} versions=${versions} />`} />
    ${refusing && html`<${RefuseDialog} plugin=${plugin} onClose=${() => setRefusing(false)} onDone=${reload} />`}
  <//>`;
}

/**
 * @param {Detail} plugin
 * @param {Plugin | null} active
 */
function tabsOf(plugin, active) {
  const all = TABS.map((tab) => (tab.value === "memory" ? { ...tab, count: plugin.state.keys } : tab));
  return active && active.id !== plugin.id ? [...all, { value: "compare", label: "Compare" }] : all;
}

/**
 * Where to go when a version is gone.
 * @param {Plugin[]} versions
 * @param {Plugin} plugin
 */
function afterRemoval(versions, plugin) {
  const left = versions.find((one) => one.id !== plugin.id);
  return left ? `/plugins/${left.id}` : "/plugins";
}

/** @param {{plugin: Detail, active: Plugin | null, mayDecide: boolean, tab: string}} props */
function Notices({ plugin, active, mayDecide, tab }) {
  const { approval, manifest } = plugin;
  if (approval.state === "refused") {
    return html`<${Notice} tone="bad" icon="ban" title="This version was refused">
      <p>“${approval.reason}” – <${Who} by=${approval.by} />, <${Ago} at=${approval.at} /></p>
    <//>`;
  }
  if (approval.state === "pending") {
    if (tab !== "grants") return null;
    const serves = active ? `${active.manifest.version} serves new runs meanwhile.` : `Steps with ${manifest.name} fail until one is active.`;
    const how = mayDecide ? "Look at what it asks, and grant what you agree with." : "An admin of this workspace decides about it.";
    return html`<${Notice} tone="warn" title="Nothing was decided about this version yet, so it is never called">
      <p>${how} ${serves}</p>
    <//>`;
  }
  return plugin.active ? html`<${HealthNotice} health=${plugin.health} />` : null;
}

/**
 * @param {{
 *   plugin: Detail, active: Plugin | null, versions: Plugin[], reload: () => Promise<void>,
 *   onRefuse: () => void, onRemoved: (done: boolean) => void,
 * }} props
 */
function Actions({ plugin, active, versions, reload, onRefuse, onRemoved }) {
  const [busy, setBusy] = useState(false);
  useEffect(() => setBusy(false), [plugin]);
  const older = plugin.active ? before(versions) : null;
  const act = async (/** @type {() => Promise<Detail | null>} */ ask) => {
    setBusy(true);
    const detail = await ask();
    if (detail && detail.id !== plugin.id) navigate(`/plugins/${detail.id}`);
    else if (detail) await reload();
    setBusy(false);
  };
  const items = [
    plugin.approval.state === "approved" && !plugin.active && { label: "Refuse…", icon: "ban", onClick: onRefuse },
    plugin.active && { label: "Deactivate", icon: "pause", onClick: () => act(() => deactivate(plugin)) },
    !plugin.active && {
      label: "Remove",
      icon: "trash-2",
      danger: true,
      onClick: async () => onRemoved(await remove(plugin)),
    },
  ].filter(Boolean);
  return html`
    ${older &&
    html`<${Button} icon="rotate-ccw" busy=${busy} onClick=${() => act(() => rollBack(plugin, older))}>
      Back to ${older.manifest.version}
    <//>`}
    ${plugin.approval.state === "approved" &&
    !plugin.active &&
    html`<${Button} kind="primary" icon="play" busy=${busy} onClick=${() => act(() => activate(plugin, active))}>Activate<//>`}
    <${Menu} label="More" items=${items} />
  `;
}
