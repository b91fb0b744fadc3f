/** What a record consists of: names and values, one below the other. */
import { classes, html } from "../core/html.js";

/** @param {{ items: [any, any][], columns?: 1 | 2 }} props a value of null or undefined is left out */
export function Pairs({ items, columns = 1 }) {
  const shown = items.filter(([, value]) => value !== null && value !== undefined);
  return html`<dl class=${classes("pairs", { "pairs-2": columns === 2 })}>
    ${shown.map(([label, value]) => html`<div class="pair"><dt>${label}</dt><dd class="break">${value}</dd></div>`)}
  </dl>`;
}
