/** One run: how it went step by step, beside the capture that it is about. */
import { html, useEffect, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Link } from "../../core/router.js";
import { useLoad } from "../../core/load.js";
import { Ago, Moment } from "../../core/time.js";
import { StateBadge } from "../../views/badge.js";
import { Card } from "../../views/card.js";
import { CopyButton } from "../../views/copy.js";
import { ErrorBox, Skeleton } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { Pairs } from "../../views/pairs.js";
import { took } from "./columns.js";
import { CaptureView } from "./capture-view.js";
import { contactName } from "../contacts/names.js";
import { FailureText, Steps, Stop } from "./steps.js";
import { RunActions, isOver } from "./replay.js";

/** @typedef {import("./shapes.js").Run} Run */
/** @typedef {import("./shapes.js").Capture} Capture */

/** Where the page leads back to. */
const BACK = { to: "/runs", label: "Runs" };

/** How long it took, for a run that is over.
 * @param {{run: Run}} props */
function Took({ run }) {
  if (!run.finished_at) return html`<span class="unset">–</span>`;
  return took(new Date(run.finished_at).getTime() - new Date(run.began_at).getTime());
}

/** What is around a run: each part is told to be missing by `null`.
 * @param {string} id @param {AbortSignal} signal */
async function around(id, signal) {
  /** @type {Run} */
  const run = await api.get(`/runs/${id}`, { signal });
  const orNull = (/** @type {Promise<any>} */ asked) =>
    asked.catch((error) => {
      if (error.status === 404) return null;
      throw error;
    });
  const [capture, contact, automation, document] = await Promise.all([
    orNull(api.get(`/captures/${run.capture}`, { signal })),
    run.contact ? orNull(api.get(`/contacts/${run.contact}`, { signal })) : null,
    orNull(api.get(`/automations/${run.automation}`, { signal })),
    orNull(api.get(`/automations/${run.automation}/document`, { query: { version: run.automation_version }, signal })),
  ]);
  return { run, capture, contact, automation, document };
}

/** @param {{to: string, children?: unknown}} props */
const There = ({ to, children }) => html`<${Link} class="link" to=${to}>${children}<//>`;

/** The facts of a run in one row.
 * @param {{run: Run, contact: any, automation: any}} props */
function Facts({ run, contact, automation }) {
  const items = [
    ["Automation", automation ? html`<${There} to=${`/automations/${run.automation}`}>Version ${run.automation_version}<//>` : "removed"],
    ["Contact", contact ? html`<${There} to=${`/contacts/${contact.id}`}>${contactName(contact)}<//>` : html`<span class="unset">none</span>`],
    ["Began", html`<${Ago} at=${run.began_at} />`],
    run.due_at && !isOver(run) ? ["Goes on", html`<${Ago} at=${run.due_at} />`] : ["Took", html`<${Took} run=${run} />`],
    typeof run.item !== "number" ? ["", null] : ["Element", `number ${run.item + 1} of the capture`],
    !run.replay ? ["", null] : ["Replay of", html`<${There} to=${`/runs/${run.replay.of}`}>the run before<//>`],
    !run.replayed_by ? ["", null] : ["Replayed by", html`<${There} to=${`/runs/${run.replayed_by}`}>a later run<//>`],
    ["Run", html`<span class="run-id"><code>${run.id.slice(0, 12)}…</code><${CopyButton} text=${run.id} label="Copy the run's id" /></span>`],
  ];
  return html`<${Pairs} items=${items} />`;
}

/** How it stands at the end of the line.
 * @param {{run: Run}} props */
function End({ run }) {
  if (run.state === "succeeded") return html`<${Stop} state="succeeded" icon="circle-check"><p class="stop-line">Succeeded <${Moment} at=${run.finished_at} /></p><//>`;
  if (run.state === "cancelled") return html`<${Stop} state="cancelled" icon="ban"><p class="stop-line">Cancelled <${Moment} at=${run.finished_at} />; what was committed stays</p><//>`;
  if (run.state === "failed") return html`<${Stop} state="failed" icon="circle-alert"><p class="stop-line">Failed <${Moment} at=${run.finished_at} /></p><//>`;
  const words = { waiting: "Waiting", held: "Held until its automation is live again", queued: "Waiting for its turn" }[/** @type {string} */ (run.state)] ?? "Running";
  return html`<${Stop} state=${run.state} icon="clock"><p class="stop-line">${words}${run.due_at ? html`, goes on <${Ago} at=${run.due_at} />` : ""}</p><//>`;
}

/** Capture, mapping, steps, end.
 * @param {{run: Run, capture: Capture|null, contact: any, document: any}} props */
function Timeline({ run, capture, contact, document }) {
  const atMapping = run.failure?.at === "mapping";
  const atHost = run.failure && !atMapping && !run.steps.some((step) => step.failure);
  return html`<ol class="timeline">
    ${capture && html`<${Stop} state="succeeded" icon="webhook"><p class="stop-line">Captured <${Moment} at=${capture.received_at} />${
      capture.from ? html` from <code>${capture.from}</code>` : ""}</p><//>`}
    ${atMapping
      ? html`<${Stop} state="failed" icon="x"><p class="stop-line stop-title">Mapping</p><${FailureText} failure=${run.failure} /><//>`
      : contact && html`<${Stop} state="succeeded" icon="user"><p class="stop-line">Mapped to <${There} to=${`/contacts/${contact.id}`}>${contactName(contact)}<//></p><//>`}
    <${Steps} run=${run} document=${document} />
    ${atHost && html`<${Stop} state="failed" icon="x"><p class="stop-line stop-title">${run.failure?.at}</p><${FailureText} failure=${run.failure} /><//>`}
    <${End} run=${run} />
  </ol>`;
}

/** @typedef {Awaited<ReturnType<typeof around>>} Around */

/** Looks at a run again until it is over; at what is around it only when that is new.
 * @param {Around|null} data @param {(data: Around) => void} set @param {() => Promise<void>} reload */
function useFollowing(data, set, reload) {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!data || isOver(data.run)) return undefined;
    const asked = new AbortController();
    const look = async () => {
      if (!document.hidden) {
        try {
          const run = await api.get(`/runs/${data.run.id}`, { signal: asked.signal });
          if (run.contact !== data.run.contact) return reload();
          if (JSON.stringify(run) !== JSON.stringify(data.run)) return set({ ...data, run });
        } catch {
          // What is shown stays; the next look may find the host again.
        }
      }
      if (!asked.signal.aborted) setTurn(turn + 1);
      return undefined;
    };
    const timer = setTimeout(look, data.run.state === "running" || data.run.state === "queued" ? 1000 : 5000);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [data, turn]);
}

/** The page of one run.
 * @param {{params: Record<string, string>}} props */
export default function RunPage({ params }) {
  const { data, error, reload, set } = useLoad((signal) => around(params.id, signal), [params.id]);
  useFollowing(data, set, reload);
  if (!data) {
    return html`<${Page} title="Run" back=${BACK}>${error ? html`<${ErrorBox} error=${error} retry=${reload} />` : html`<${Waiting} />`}<//>`;
  }
  const { run, capture, contact, automation, document: written } = data;
  return html`<${Page} title=${automation?.name ?? "Run"} name="Run" badge=${html`<${StateBadge} state=${run.state} />`} back=${BACK}
    actions=${html`<${RunActions} run=${run} reload=${reload} />`}>
    ${error && html`<${ErrorBox} error=${error} retry=${reload} />`}
    <div class="run-facts"><${Facts} run=${run} contact=${contact} automation=${automation} /></div>
    <div class="run-two">
      <${Card} title="What happened"><${Timeline} run=${run} capture=${capture} contact=${contact} document=${written} /><//>
      <div class="run-aside"><${Card} title="Capture" flush actions=${capture && html`<${Link} class="small" to=${`/captures/${capture.id}`}>Open<//>`}>
        ${capture ? html`<${CaptureView} capture=${capture} />` : html`<p class="unset card-pad">The capture is gone: it was older than what the host keeps.</p>`}
      <//></div>
    </div>
  <//>`;
}

/** What stands there until the run is known. */
function Waiting() {
  return html`<div class="run-facts"><${Skeleton} height=${42} /></div>
    <div class="run-two"><${Card} title="What happened"><${Skeleton} lines=${8} /><//><${Card} title="Capture"><${Skeleton} lines=${8} /><//></div>`;
}
