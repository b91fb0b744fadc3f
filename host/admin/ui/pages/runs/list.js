/** Runs, newest first, as they happen. */
import { html, useEffect, useMemo, useRef, useState } from "../../core/html.js";
import { useRoute } from "../../core/router.js";
import { usePages } from "../../core/load.js";
import { Ago, duration } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { StateBadge } from "../../views/badge.js";
import { Empty } from "../../views/empty.js";
import { ErrorBox } from "../../views/error-box.js";
import { Page } from "../../views/page.js";
import { RunFilters, matcher, runQuery, stillBecause, useAutomations } from "./filters.js";
import { useLive } from "./live.js";
import { Rows, isTyping } from "./rows.js";
import { RunTabs } from "./tabs.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */

/** What a run is called in a sentence. @param {RunBrief} run */
export function runTitle(run) {
  const whose = run.contact_name ? ` for ${run.contact_name}` : "";
  return `Run of ${run.automation_name ?? "an automation"}${whose}, ${run.state}`;
}

/** Why it failed or waits, in one line.
 * @param {{run: RunBrief}} props */
export function Why({ run }) {
  if (run.failure) {
    const { code, message, step } = run.failure;
    return html`<span class="why"><code class="why-code">${code}</code><span class="why-text">${step ? `${step}: ` : ""}${message}</span></span>`;
  }
  if (run.due_at && run.state === "waiting") return html`<span class="why why-quiet">goes on <${Ago} at=${run.due_at} /></span>`;
  if (run.replay_of) return html`<span class="why why-quiet">a replay</span>`;
  return null;
}

/** @type {import("./rows.js").Column<RunBrief>[]} */
export const RUN_COLUMNS = [
  { key: "state", title: "State", width: "104px", cell: (run) => html`<${StateBadge} state=${run.state} />` },
  { key: "automation", title: "Automation", width: "minmax(140px, 1.2fr)", cell: (run) =>
    html`<span class="run-name">${run.automation_name ?? "Removed automation"}</span><span class="run-version">v${run.automation_version}</span>` },
  { key: "contact", title: "Contact", width: "minmax(110px, 1fr)", second: true, cell: (run) =>
    html`<span class="cut">${run.contact_name ?? html`<span class="none">none</span>`}</span>` },
  { key: "why", title: "Why", width: "minmax(0, 2fr)", wide: true, cell: (run) => html`<${Why} run=${run} />` },
  { key: "steps", title: "Steps", width: "56px", end: true, wide: true, cell: (run) =>
    html`<span title=${`${run.steps} steps, ${run.attempts} attempts`}>${run.steps}${run.attempts > run.steps
      ? html`<span class="run-again" aria-label=${`${run.attempts} attempts`}>↻${run.attempts - run.steps}</span>` : ""}</span>` },
  { key: "took", title: "Took", width: "76px", end: true, wide: true, cell: (run) =>
    run.duration_ms === null ? html`<span class="none">–</span>` : duration(run.duration_ms) },
  { key: "when", title: "Began", width: "104px", end: true, second: true, cell: (run) => html`<${Ago} at=${run.began_at} />` },
];

/** Whether somebody is reading: the pointer is on the rows, or they are scrolled.
 * @returns {[boolean, {onPointerEnter: () => void, onPointerLeave: () => void}]} */
function useReading() {
  const [over, setOver] = useState(false);
  const [away, setAway] = useState(false);
  useEffect(() => {
    const look = () => setAway((document.scrollingElement?.scrollTop ?? 0) > 80);
    document.addEventListener("scroll", look, { passive: true });
    return () => document.removeEventListener("scroll", look);
  }, []);
  return [over || away, { onPointerEnter: () => setOver(true), onPointerLeave: () => setOver(false) }];
}

/** The switch that lets the list follow what happens.
 * @param {{on: boolean, because: string, lost: boolean, turn: () => void}} props */
function LiveSwitch({ on, because, lost, turn }) {
  const state = because ? "off" : !on ? "paused" : lost ? "lost" : "on";
  const words = { off: "Not live", paused: "Paused", lost: "Reconnecting", on: "Live" }[state];
  return html`<button type="button" class=${`live live-${state}`} aria-pressed=${on && !because} disabled=${Boolean(because)}
    title=${because || (on ? "Pause: the list stays as it is (L)" : "Follow what happens (L)")} onClick=${turn}>
    <span class="live-dot" aria-hidden="true"></span>${words}
  </button>`;
}

/** The page of runs. */
export function RunsPage() {
  const { query: asked, setQuery } = useRoute();
  const [on, setOn] = useState(true);
  const now = useRef(Date.now());
  const key = JSON.stringify(asked);
  const query = useMemo(() => {
    now.current = Date.now();
    return runQuery(asked, now.current);
  }, [key]);
  const pages = usePages("/runs", { ...query, brief: true, limit: 100 });
  const automations = useAutomations();
  const matches = useMemo(() => matcher(query), [query]);
  const because = stillBecause(asked);
  const [still, reading] = useReading();
  const live = useLive({ on: on && !because, still, automation: query.automation, items: pages.items, matches, reload: pages.reload });

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
  const isNarrowed = ["automation", "state", "contact", "text", "within"].some((name) => asked[name]);
  const clear = () => setQuery({ automation: undefined, state: undefined, contact: undefined, text: undefined, within: undefined, from: undefined, to: undefined });
  const who = asked.contact && (live.rows.find((run) => run.contact === asked.contact)?.contact_name ?? "one contact");
  return html`<${Page} title="Runs" tabs=${html`<${RunTabs} at="runs" />`}
    actions=${html`<${LiveSwitch} on=${on} because=${because} lost=${live.lost} turn=${() => setOn(!on)} />`}>
    <${RunFilters} asked=${asked} setQuery=${setQuery} automations=${automations.data ?? []} placeholder="Search id, contact, failure, step, body">
      ${who && html`<${Button} kind="quiet" icon="x" onClick=${() => setQuery({ contact: undefined })}>Only ${who}<//>`}
    <//>
    <div class="news" role="status">${live.hidden > 0 && html`<button type="button" class="news-more" onClick=${toTop}>
      ${live.hidden} new ${live.hidden === 1 ? "run" : "runs"}</button>`}</div>
    ${pages.error && html`<${ErrorBox} error=${pages.error} retry=${pages.reload} />`}
    ${!pages.error && !pages.loading && live.rows.length === 0 && !pages.hasMore
      ? html`<${NoRuns} narrowed=${isNarrowed} clear=${clear} />`
      : html`<div ...${reading}><${Rows} label="Runs, newest first" columns=${RUN_COLUMNS} rows=${live.rows} rowKey=${(/** @type {RunBrief} */ run) => run.id}
          title=${runTitle} href=${(/** @type {RunBrief} */ run) => `/runs/${run.id}`} tone=${(/** @type {RunBrief} */ run) => `run-${run.state}`}
          loading=${pages.loading} hasMore=${pages.hasMore} more=${pages.more} /></div>`}
  <//>`;
}

/** @param {{narrowed: boolean, clear: () => void}} props */
function NoRuns({ narrowed, clear }) {
  return narrowed
    ? html`<${Empty} icon="filter" title="No run is like that" text="Nothing fits every filter that is set."
        action=${html`<${Button} onClick=${clear}>Take the filters away<//>`} />`
    : html`<${Empty} icon="play" title="No runs yet" text="A run begins as soon as an automation's URL gets a request. Open an automation and send the curl line that it shows."
        action=${html`<a class="button button-primary" href="/app/automations">Go to automations</a>`} />`;
}
