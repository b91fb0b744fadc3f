/** One capture: the request as it came, and what its runs made of it. */
import { html } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Link } from "../../core/router.js";
import { useLoad } from "../../core/load.js";
import { Moment, bytes } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { StateBadge } from "../../views/badge.js";
import { Card } from "../../views/card.js";
import { CopyButton } from "../../views/copy.js";
import { Empty, ErrorBox, Skeleton } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { Pairs } from "../../views/pairs.js";
import { took } from "./columns.js";
import { CaptureView } from "./capture-view.js";

/** @typedef {import("./shapes.js").Run} Run */
/** @typedef {import("./shapes.js").WholeCapture} WholeCapture */

/** Where the page leads back to. */
const BACK = { to: "/captures", label: "Captures" };

/** So many runs of one capture are shown; the list of runs has the others. */
const RUNS_MAX = 20;
/** Up to so many are counted. */
const COUNTED_MAX = 2_000;

/** @param {string} id @param {AbortSignal} signal */
async function around(id, signal) {
  /** @type {WholeCapture} */
  const capture = await api.get(`/captures/${id}`, { signal });
  const [automation, runs] = await Promise.all([
    api.get(`/automations/${capture.automation}`, { signal }),
    // Nothing is looked through: the whole id of a capture finds its runs.
    api.get("/runs", { query: { text: id, limit: RUNS_MAX }, signal }),
  ]);
  return { capture, automation, runs: /** @type {Run[]} */ (runs.items), hasMore: runs.next !== null };
}

/** The runs of a capture, the latest first.
 * @param {{runs: Run[]}} props */
function RunsOf({ runs }) {
  if (runs.length === 0) return html`<${Empty} icon="clock" title="Not begun" text="Its first run waits for its turn." />`;
  return html`<ul class="link-list">${runs.map((run) => html`<li key=${run.id}><${Link} class="links-row" to=${`/runs/${run.id}`}>
    <${StateBadge} state=${run.state} />
    <span class="links-main"><span class="fit">${run.failure ? `${run.failure.code}: ${run.failure.message}` : plural(run.steps.length, "step")}</span>
      <span class="links-sub">v${run.automation_version}${typeof run.item !== "number" ? "" : ` · element ${run.item + 1}`}${run.replay ? " · replay" : ""}${
        run.finished_at ? ` · ${took(new Date(run.finished_at).getTime() - new Date(run.began_at).getTime())}` : ""}</span></span>
    <${Moment} at=${run.began_at} />
  <//></li>`)}</ul>`;
}

/** The page of one capture.
 * @param {{params: Record<string, string>}} props */
export default function CapturePage({ params }) {
  const { data, error, reload } = useLoad((signal) => around(params.id, signal), [params.id]);
  if (!data) {
    return html`<${Page} title="Capture" back=${BACK}>${error ? html`<${ErrorBox} error=${error} retry=${reload} />` : html`<div class="run-facts"><${Skeleton} height=${42} /></div><div class="run-two">
      <${Card} title="Request"><${Skeleton} lines=${8} /><//><${Card} title="Runs"><${Skeleton} lines=${4} /><//></div>`}<//>`;
  }
  const { capture, automation, runs, hasMore } = data;
  const count = capture.run_count < COUNTED_MAX ? String(capture.run_count) : `${COUNTED_MAX} or more`;
  const items = [
    ["Automation", html`<${Link} to=${`/automations/${automation.id}`}>Version ${capture.automation_version}<//>`],
    ["Received", html`<${Moment} at=${capture.received_at} whole />`],
    ["From", capture.from ? html`<code>${capture.from}</code>` : html`<span class="unset">not kept</span>`],
    ["Size", bytes(capture.bytes)],
    ["Capture", html`<span class="run-id"><code>${capture.id.slice(0, 12)}…</code><${CopyButton} text=${capture.id} label="Copy the capture's id" /></span>`],
  ];
  return html`<${Page} title=${automation.name} name="Capture" badge=${html`<${StateBadge} state=${capture.state} />`} back=${BACK}>
    ${error && html`<${ErrorBox} error=${error} retry=${reload} />`}
    <div class="run-facts"><${Pairs} items=${items} /></div>
    <div class="run-two">
      <${Card} title="Request" flush><${CaptureView} capture=${capture} /><//>
      <${Card} title=${count === "1" ? "Run" : `Runs · ${count}`} flush><${RunsOf} runs=${runs} />
        ${hasMore && html`<p class="unset">The latest ${runs.length} are shown. <${Link} class="link" to=${`/runs?text=${capture.id}`}>All ${count} runs<//></p>`}
      <//>
    </div>
  <//>`;
}
