/** Small marks of a state. The word says it; the colour only helps. */
import { html } from "../core/html.js";
import { stateWords } from "../core/words.js";
import { Icon } from "./icon.js";

/** @typedef {import("../core/words.js").Tone} Tone */

/** @param {{ tone?: Tone, icon?: import("./icon.js").IconName, title?: string, children: any }} props */
export function Badge({ tone = "idle", icon, title, children }) {
  return html`<span class="badge tone-${tone}" title=${title}>
    ${icon && html`<${Icon} name=${icon} size=${12} />`}${children}
  </span>`;
}

/** The state of a run, an automation, a message … in its word. @param {{ state: string, title?: string }} props */
export function StateBadge({ state, title }) {
  const { word, tone } = stateWords(state);
  return html`<span class="badge tone-${tone}" title=${title}><span class="dot" data-state=${state}></span>${word}</span>`;
}

/** A point in a tone, with its meaning for screen readers. @param {{ tone: Tone, label: string }} props */
export function Dot({ tone, label }) {
  return html`<span class="dot tone-${tone}" role="img" aria-label=${label} title=${label}></span>`;
}
