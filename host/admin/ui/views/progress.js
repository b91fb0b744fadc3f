/** How far something is: a bar, and the phases of something longer. */
import { html } from "../core/html.js";
import { Icon } from "./icon.js";

/** Without `value` it only moves. @param {{ value?: number, max?: number, label?: any, aside?: any, tone?: import("../core/words.js").Tone }} props */
export function Progress({ value, max = 1, label, aside, tone = "info" }) {
  const share = value === undefined ? undefined : Math.min(1, Math.max(0, value / (max || 1)));
  const shown = typeof label === "string" ? label : "Progress";
  return html`<div class="progress-box">
    ${(label || aside) && html`<div class="row row-between small"><span>${label}</span><span class="muted num">${aside}</span></div>`}
    <div class="progress tone-${tone}" role="progressbar" aria-label=${shown} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${share === undefined ? undefined : Math.round(share * 100)}>
      <div class=${share === undefined ? "progress-bar progress-moving" : "progress-bar"} style=${share === undefined ? {} : { width: `${share * 100}%` }}></div>
    </div>
  </div>`;
}

/** @typedef {{ label: any, state: "done" | "now" | "next" | "failed", hint?: any }} Phase */

/** Phases one after the other. @param {{ items: Phase[] }} props */
export function Phases({ items }) {
  const icon = (/** @type {Phase} */ phase) => {
    if (phase.state === "done") return html`<${Icon} name="check" size=${13} />`;
    if (phase.state === "failed") return html`<${Icon} name="x" size=${13} />`;
    return null;
  };
  return html`<ol class="phases">
    ${items.map((phase) => html`<li class="phase phase-${phase.state}" aria-current=${phase.state === "now" ? "step" : undefined}>
      <span class="phase-mark">${icon(phase)}</span><span>${phase.label}</span>${phase.hint && html`<span class="muted small num right">${phase.hint}</span>`}
    </li>`)}
  </ol>`;
}
