/** Captures: every request that was accepted, newest first. */
import { html } from "../../core/html.js";
import { useRoute } from "../../core/router.js";
import { usePages } from "../../core/load.js";
import { Ago, bytes } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Empty } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { RunFilters, isNarrowed, nothing, useAutomations } from "./filters.js";
import { Rows } from "./rows.js";
import { RunTabs } from "./tabs.js";

/** @typedef {import("./shapes.js").Capture} Capture */

/** The beginning of the body on one line. @param {Capture} capture */
export function excerpt(capture) {
  return JSON.stringify(capture.body).slice(0, 400);
}

/** What its runs came to. @param {{capture: Capture}} props */
function Came({ capture }) {
  const states = Object.entries(capture.states);
  const several = states.reduce((sum, [, n]) => sum + n, 0) > 1;
  return html`<span class="fit">${several ? states.map(([state, n]) => `${n} ${state}`).join(" · ") : plural(capture.run_count, "run")}</span>`;
}

/** @param {Map<string, string>} names @returns {import("./rows.js").Column<Capture>[]} */
const columns = (names) => [
  { key: "state", title: "State", width: "104px", cell: (capture) => html`<${StateBadge} state=${capture.state} />` },
  { key: "automation", title: "Automation", width: "minmax(140px, 1fr)", cell: (capture) =>
    html`<span class="pair-cut"><span class="run-name">${names.get(capture.automation) ?? "Automation"}</span><span class="run-version">v${capture.automation_version}</span></span>` },
  { key: "body", title: "Body", width: "minmax(0, 2.4fr)", second: true, cell: (capture) => html`<code class="fit">${excerpt(capture)}</code>` },
  { key: "runs", title: "Runs", width: "minmax(80px, .6fr)", wide: true, cell: (capture) => html`<${Came} capture=${capture} />` },
  { key: "size", title: "Size", width: "72px", end: true, wide: true, cell: (capture) => bytes(capture.bytes) },
  { key: "when", title: "Received", width: "104px", end: true, second: true, cell: (capture) => html`<${Ago} at=${capture.received_at} />` },
];

/** The page of captures. */
export default function CapturesPage() {
  const { query: asked, setQuery } = useRoute();
  const { automation, state, text, from, to } = asked;
  const pages = usePages("/captures", { automation, state, text, from, to, limit: 50 });
  const automations = useAutomations();
  const names = new Map((automations.data ?? []).map(({ id, name }) => [id, name]));
  const isEmpty = !pages.loading && !pages.error && pages.items.length === 0 && !pages.hasMore;
  return html`<${Page} title="Captures" tabs=${html`<${RunTabs} at="/captures" />`}
    actions=${html`<${Button} icon="refresh-cw" busy=${pages.loading && pages.items.length > 0} onClick=${pages.reload}>Refresh<//>`}>
    <${RunFilters} asked=${asked} setQuery=${setQuery} automations=${automations.data ?? []} label="Search captures" placeholder="Id, address, body" />
    ${isEmpty
      ? html`<${NoCaptures} narrowed=${isNarrowed(asked)} clear=${() => setQuery(nothing())} />`
      : html`<${Rows} label="Captures, newest first" columns=${columns(names)}
          title=${(/** @type {Capture} */ capture) => `Capture for ${names.get(capture.automation) ?? "an automation"}, ${capture.state}`}
          href=${(/** @type {Capture} */ capture) => `/captures/${capture.id}`} pages=${pages} />`}
  <//>`;
}

/** @param {{narrowed: boolean, clear: () => void}} props */
function NoCaptures({ narrowed, clear }) {
  return narrowed
    ? html`<${Empty} icon="filter" title="No capture is like that" text="Nothing fits every filter that is set."
        action=${html`<${Button} onClick=${clear}>Take the filters away<//>`} />`
    : html`<${Empty} icon="webhook" title="No captures yet" text="Every request that an automation's URL accepts is kept here, exactly as it was sent." />`;
}
