/** Runs, newest first, as they happen. */
import { html, useEffect, useMemo, useRef, useState } from "../../core/html.js";
import { useRoute } from "../../core/router.js";
import { usePages } from "../../core/load.js";
import { Button } from "../../views/button.js";
import { Empty } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { RunFilters, isNarrowed, matcher, nothing, runQuery, stillBecause, useAutomations } from "./filters.js";
import { useLive } from "./live.js";
import { Rows, isTyping } from "./rows.js";
import { RUN_COLUMNS, runTitle } from "./columns.js";
import { RunTabs } from "./tabs.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */

/** Whether somebody is reading: the pointer is on the rows, or what is above them is out of sight.
 * @returns {{still: boolean, above: {current: HTMLDivElement|null}, reading: {onPointerEnter: () => void, onPointerLeave: () => void}}} */
function useReading() {
  const above = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [over, setOver] = useState(false);
  const [away, setAway] = useState(false);
  useEffect(() => {
    if (!above.current) return undefined;
    const watcher = new IntersectionObserver(([seen]) => setAway(!seen.isIntersecting));
    watcher.observe(above.current);
    return () => watcher.disconnect();
  }, []);
  return { still: over || away, above, reading: { onPointerEnter: () => setOver(true), onPointerLeave: () => setOver(false) } };
}

/** The switch that lets the list follow what happens.
 * @param {{on: boolean, because: string, lost: boolean, turn: () => void}} props */
function LiveSwitch({ on, because, lost, turn }) {
  const state = because ? "off" : !on ? "paused" : lost ? "lost" : "on";
  const words = { off: "Not live", paused: "Paused", lost: "Reconnecting", on: "Live" }[state];
  return html`<button type="button" class=${`live-switch live-${state}`} aria-pressed=${on && !because} disabled=${Boolean(because)}
    title=${because || (on ? "Pause: the list stays as it is (L)" : "Follow what happens (L)")} onClick=${turn}>
    <span class="live-dot" aria-hidden="true"></span>${words}
  </button>`;
}

/** So many runs are asked for at once. */
const PAGE = 200;

/** The page of runs. */
export default function RunsPage() {
  const { query: asked, setQuery } = useRoute();
  const [on, setOn] = useState(true);
  const query = useMemo(() => runQuery(asked), [JSON.stringify(asked)]);
  const pages = usePages("/runs", { ...query, brief: true, limit: PAGE });
  const automations = useAutomations();
  const matches = useMemo(() => matcher(query), [query]);
  const because = stillBecause(asked);
  const { still, above, reading } = useReading();
  const live = useLive({ on: on && !because, still, look: JSON.stringify(query), automation: query.automation, items: pages.items, matches, reload: pages.reload });

  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ press) => {
      if (press.key === "l" && !isTyping(press)) setOn((was) => !was);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const toTop = () => {
    live.show();
    scrollTo({ top: 0, behavior: "instant" });
  };
  const who = asked.contact && (live.rows.find((run) => run.contact === asked.contact)?.contact_name ?? "one contact");
  return html`<${Page} title="Runs" tabs=${html`<${RunTabs} at="/runs" />`}
    actions=${html`<${LiveSwitch} on=${on} because=${because} lost=${live.lost} turn=${() => setOn(!on)} />`}>
    <${RunFilters} asked=${asked} setQuery=${setQuery} automations=${automations.data ?? []}>
      ${who && html`<${Button} kind="quiet" icon="x" onClick=${() => setQuery({ contact: undefined })}>Only ${who}<//>`}
    <//>
    <div class="runs-above" ref=${above}></div>
    <div class="runs-news" role="status">${live.hidden > 0 && html`<button type="button" class="news-more" onClick=${toTop}>
      ${live.hidden} new ${live.hidden === 1 ? "run" : "runs"}</button>`}</div>
    ${!pages.error && !pages.loading && live.rows.length === 0 && !pages.hasMore
      ? html`<${NoRuns} narrowed=${isNarrowed(asked)} clear=${() => setQuery(nothing())} />`
      : html`<div ...${reading}><${Rows} label="Runs, newest first" columns=${RUN_COLUMNS} rows=${live.rows}
          title=${runTitle} href=${(/** @type {RunBrief} */ run) => `/runs/${run.id}`} pages=${pages} /></div>`}
  <//>`;
}

/** @param {{narrowed: boolean, clear: () => void}} props */
function NoRuns({ narrowed, clear }) {
  return narrowed
    ? html`<${Empty} icon="filter" title="No run is like that" text="Nothing fits every filter that is set."
        action=${html`<${Button} onClick=${clear}>Take the filters away<//>`} />`
    : html`<${Empty} icon="play" title="No runs yet" text="A run begins as soon as an automation's URL gets a request. Open an automation and send the curl line that it shows."
        action=${html`<${Button} kind="primary" to="/automations">Go to automations<//>`} />`;
}
