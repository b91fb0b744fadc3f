/** Dead letters: runs that failed for good and that nobody has repeated. Some or all of them can be, at once. */
import { html, useEffect, useMemo, useRef, useState } from "../../core/html.js";
import { useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { usePages } from "../../core/load.js";
import { count } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Empty } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { BulkReport, ReplayDialog } from "./dead-views.js";
import { useBulk, useDeadCount } from "./dead-replay.js";
import { RunFilters, isNarrowed, nothing, runQuery, useAutomations } from "./filters.js";
import { RUN_COLUMNS, runTitle } from "./columns.js";
import { Rows } from "./rows.js";
import { RunTabs } from "./tabs.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */

/** Their state is known; why they failed is not. */
const COLUMNS = RUN_COLUMNS.filter(({ key }) => key !== "state").map((column) => {
  if (column.key === "why") return { ...column, second: true, wide: false };
  return column.key === "contact" ? { ...column, second: false, wide: true } : column;
});

/** How many of each code there are, the most frequent first.
 * @param {RunBrief[]} runs @returns {[string, number][]} */
export function codesOf(runs) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { failure } of runs) if (failure) counts.set(failure.code, (counts.get(failure.code) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Which rows are picked.
 * @param {RunBrief[]} rows */
function usePicked(rows) {
  const [keys, setKeys] = useState(/** @type {Set<string>} */ (new Set()));
  const here = rows.filter((run) => keys.has(run.id));
  const toggle = (/** @type {string[]} */ some, /** @type {boolean} */ on) =>
    setKeys((old) => {
      const next = new Set(old);
      for (const key of some) on ? next.add(key) : next.delete(key);
      return next;
    });
  const all = rows.length > 0 && here.length === rows.length;
  return {
    ids: here.map((run) => run.id),
    clear: () => setKeys(new Set()),
    control: { has: (/** @type {string} */ key) => keys.has(key), toggle, all, some: here.length > 0, toggleAll: () => toggle(rows.map((run) => run.id), !all) },
  };
}

/** The page of dead letters. */
export default function DeadLettersPage() {
  const session = useSession();
  const { query: asked, setQuery } = useRoute();
  const query = useMemo(() => ({ ...runQuery({ ...asked, state: "failed" }), code: asked.code }), [JSON.stringify(asked)]);
  const pages = usePages("/runs", { ...query, replayed: "false", brief: true, limit: 200 });
  const automations = useAutomations();
  const rows = /** @type {RunBrief[]} */ (pages.items);
  // While one code is chosen the others stay there to be chosen instead.
  const seen = useRef(/** @type {[string, number][]} */ ([]));
  if (!asked.code && !pages.loading) seen.current = codesOf(rows);
  const codes = seen.current.length > 0 ? seen.current : codesOf(rows);
  const picked = usePicked(rows);
  const bulk = useBulk();
  const [asking, ask] = useState(/** @type {"these"|"all"|null} */ (null));
  const mayReplay = session.can("editor");
  const isWhole = !asked.text && !asked.from && !asked.to && !asked.contact;
  const isEmpty = !pages.loading && !pages.error && rows.length === 0 && !pages.hasMore;
  const { data: there, stale, reload: recount } = useDeadCount(mayReplay && isWhole ? { automation: asked.automation, code: asked.code } : null);
  const found = stale ? null : there;

  const start = (/** @type {import("./replay.js").ReplayWish} */ wish) => {
    if (asking === "these") bulk.replayThese(picked.ids, wish);
    else bulk.replayAll({ automation: asked.automation, code: asked.code }, wish, found && !found.more ? found.count : null);
    ask(null);
    picked.clear();
  };
  const phase = bulk.bulk?.phase;
  useEffect(() => {
    if (!phase || phase === "sending") return;
    pages.reload();
    recount();
  }, [phase]);
  const actions = mayReplay && isWhole && rows.length > 0 && picked.ids.length === 0 && !bulk.bulk
    ? html`<${Button} icon="rotate-ccw" onClick=${() => ask("all")}>${allOf(found)} …<//>` : null;
  return html`<${Page} title="Dead letters" tabs=${html`<${RunTabs} at="/runs/failed" />`} actions=${actions}>
    <${RunFilters} asked=${asked} setQuery=${setQuery} automations=${automations.data ?? []} states=${false} />
    <${Codes} codes=${codes} chosen=${asked.code} more=${pages.hasMore} choose=${(/** @type {string|undefined} */ code) => setQuery({ code })} />
    ${bulk.bulk && html`<${BulkReport} bulk=${bulk.bulk} stop=${bulk.stop} close=${bulk.close} />`}
    ${isEmpty
      ? html`<${NoDeadLetters} narrowed=${isNarrowed(asked)} clear=${() => setQuery(nothing())} />`
      : html`<${Rows} label="Dead letters, newest first" columns=${COLUMNS} rows=${rows} title=${runTitle}
          href=${(/** @type {RunBrief} */ run) => `/runs/${run.id}`} pages=${pages}
          picked=${mayReplay ? picked.control : undefined} />`}
    ${mayReplay && picked.ids.length > 0 && html`<div class="picked-bar" role="region" aria-label="What is selected">
      <strong>${plural(picked.ids.length, "dead letter")}</strong>
      <${Button} kind="primary" icon="rotate-ccw" onClick=${() => ask("these")}>Replay …<//>
      <${Button} kind="quiet" onClick=${picked.clear}>Clear<//>
    </div>`}
    ${asking && html`<${ReplayDialog} what=${asking === "these" ? plural(picked.ids.length, "dead letter") : whatAll(found, asked, automations.data ?? [])} close=${() => ask(null)} start=${start} />`}
  <//>`;
}

/** @typedef {import("./dead-replay.js").Found} Found */

/** What the button that repeats all of them says. @param {Found|null} found */
function allOf(found) {
  if (!found) return "Replay all";
  return found.more ? `Replay all, ${count(found.count)} or more` : `Replay all ${count(found.count)}`;
}

/** All that is meant, in words.
 * @param {Found|null} found @param {Record<string, string|undefined>} asked @param {import("./shapes.js").AutomationRow[]} automations */
function whatAll(found, asked, automations) {
  const name = automations.find(({ id }) => id === asked.automation)?.name;
  const how = !found ? "all dead letters" : found.more ? `${count(found.count)} dead letters or more` : plural(found.count, "dead letter");
  return `${how}${asked.code ? ` with ${asked.code}` : ""}${name ? ` of ${name}` : ""}`;
}

/** The codes of what is loaded; one of them can be chosen.
 * @param {{codes: [string, number][], chosen: string|undefined, more: boolean, choose: (code: string|undefined) => void}} props */
function Codes({ codes, chosen, more, choose }) {
  /** @type {[string, number|null][]} */
  const shown = chosen && !codes.some(([code]) => code === chosen) ? [[chosen, null], ...codes] : codes;
  return html`<div class="failure-codes" role="group" aria-label="By reason">
    ${shown.slice(0, 12).map(([code, n]) => html`<button key=${code} type="button" class="code-chip" aria-pressed=${code === chosen}
      onClick=${() => choose(code === chosen ? undefined : code)}><code>${code}</code>${n === null ? "" : html` <span class="num">${n}${more && !chosen ? "+" : ""}</span>`}</button>`)}
  </div>`;
}

/** @param {{narrowed: boolean, clear: () => void}} props */
function NoDeadLetters({ narrowed, clear }) {
  return narrowed
    ? html`<${Empty} icon="filter" title="No dead letter is like that" text="Nothing fits every filter that is set." action=${html`<${Button} onClick=${clear}>Take the filters away<//>`} />`
    : html`<${Empty} icon="circle-check" title="No dead letters" text="A run comes here when it failed for good: mend what the message names, then replay it. Nothing that was captured is lost." />`;
}
