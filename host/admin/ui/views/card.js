/** Boxes that hold a part of a page, and figures. */
import { classes, html } from "../core/html.js";

/**
 * @typedef {object} CardProps
 * @property {any} [title]
 * @property {any} [lead]
 * @property {any} [actions]
 * @property {any} [footer]
 * @property {boolean} [flush] no padding: for a table or code
 * @property {import("../core/words.js").Tone} [tone] a line at its left in this tone
 * @property {string} [class]
 * @property {any} [children]
 */

/** @param {CardProps} props */
export function Card({ title, lead, actions, footer, flush, tone, class: extra, children }) {
  const name = classes("card", extra, { "card-flush": flush, [`card-${tone}`]: tone });
  return html`<section class=${name}>
    ${(title || actions) &&
    html`<div class="card-head">
      <div class="card-title">
        ${title && html`<h2>${title}</h2>`}${lead && html`<p class="muted small">${lead}</p>`}
      </div>
      ${actions && html`<div class="row">${actions}</div>`}
    </div>`}
    <div class="card-body">${children}</div>
    ${footer && html`<div class="card-foot">${footer}</div>`}
  </section>`;
}

/** A figure with its name. @param {{ label: any, value: any, hint?: any, tone?: import("../core/words.js").Tone }} props */
export function Stat({ label, value, hint, tone }) {
  return html`<div class=${classes("stat", { [`stat-${tone}`]: tone })}>
    <dt>${label}</dt>
    <dd><span class="stat-value num">${value}</span>${hint && html`<span class="stat-hint">${hint}</span>`}</dd>
  </div>`;
}

/** A row of figures. @param {{ children: any }} props */
export function Stats({ children }) {
  return html`<dl class="stats">${children}</dl>`;
}
