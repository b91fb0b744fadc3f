/** What happened, from the top down. An entry with children can be folded. */
import { classes, html, useId, useState } from "../core/html.js";
import { Icon } from "./icon.js";

/** @param {{ children: any, label?: string }} props */
export function Timeline({ children, label }) {
  return html`<ol class="timeline" aria-label=${label}>${children}</ol>`;
}

/**
 * @param {{ tone?: import("../core/words.js").Tone, icon?: import("./icon.js").IconName, title: any, text?: any, aside?: any, open?: boolean,
 *   onToggle?: (open: boolean) => void, children?: any }} props without `onToggle` it folds by itself, open as `open` says at first
 */
export function TimelineItem({ tone = "idle", icon, title, text, aside, open, onToggle, children }) {
  const [own, setOwn] = useState(Boolean(open));
  const shown = onToggle ? Boolean(open) : own;
  const id = useId("timeline");
  const folds = Boolean(children);
  const toggle = () => (onToggle ? onToggle(!shown) : setOwn(!shown));
  const line = html`<span class="timeline-title">${title}</span>
    <span class="timeline-aside num">${aside}</span>
    ${folds && html`<${Icon} name="chevron-right" size=${15} class="timeline-fold" />`}`;
  return html`<li class=${classes("timeline-item", { open: shown && folds })}>
    <span class=${`timeline-mark tone-${tone}`} aria-hidden="true">${icon && html`<${Icon} name=${icon} size=${13} />`}</span>
    <div class="timeline-entry">
      ${folds ? html`<button type="button" class="timeline-head" aria-expanded=${shown} aria-controls=${id} onClick=${toggle}>${line}</button>` : html`<div class="timeline-head">${line}</div>`}
      ${text && html`<div class="timeline-text">${text}</div>`}
      ${folds && shown && html`<div class="timeline-body stack-s" id=${id}>${children}</div>`}
    </div>
  </li>`;
}
