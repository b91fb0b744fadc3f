/** What lists of runs show of each. */
import { html } from "../../core/html.js";
import { Ago, duration } from "../../core/time.js";
import { StateBadge } from "../../views/badge.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */

/** How long a run took; the host counts whole milliseconds. @param {number|null|undefined} ms */
export const took = (ms) => (ms === 0 ? "< 1 ms" : duration(ms));

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
    return html`<span class="run-why"><code class="why-code">${code}</code><span class="why-text">${step ? `${step}: ` : ""}${message}</span></span>`;
  }
  if (run.due_at && run.state === "waiting") return html`<span class="run-why why-quiet">goes on <${Ago} at=${run.due_at} /></span>`;
  if (run.replay_of) return html`<span class="run-why why-quiet">a replay</span>`;
  return null;
}

/** @type {import("./rows.js").Column<RunBrief>[]} */
export const RUN_COLUMNS = [
  { key: "state", title: "State", width: "104px", cell: (run) => html`<${StateBadge} state=${run.state} />` },
  { key: "automation", title: "Automation", width: "minmax(140px, 1.2fr)", cell: (run) =>
    html`<span class="pair-cut"><span class="run-name">${run.automation_name ?? "Removed automation"}</span><span class="run-version">v${run.automation_version}</span></span>` },
  { key: "contact", title: "Contact", width: "minmax(110px, 1fr)", second: true, cell: (run) =>
    html`<span class="fit">${run.contact_name ?? html`<span class="unset">none</span>`}</span>` },
  { key: "why", title: "Reason", width: "minmax(0, 2fr)", wide: true, cell: (run) => html`<${Why} run=${run} />` },
  { key: "steps", title: "Steps", width: "56px", end: true, wide: true, cell: (run) =>
    html`${run.steps}${run.attempts > 1
      ? html` <span class="run-again" title=${`A step was tried ${run.attempts} times`}>×${run.attempts}</span>` : ""}` },
  { key: "took", title: "Took", width: "76px", end: true, wide: true, cell: (run) =>
    took(run.duration_ms) },
  { key: "when", title: "Began", width: "104px", end: true, second: true, cell: (run) => html`<${Ago} at=${run.began_at} />` },
];

