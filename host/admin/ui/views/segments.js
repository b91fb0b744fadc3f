/** A choice among two to five, all to be seen: what a list or a chart shows. Pages of a record are `Tabs`. */
import { classes, html } from "../core/html.js";

/** @param {{ options: { value: string, label: any }[], value: string, onChange: (value: string) => void, label: string }} props */
export function Segments({ options, value, onChange, label }) {
  return html`<div class="segments" role="group" aria-label=${label}>
    ${options.map(
      (option) => html`<button type="button" key=${option.value} class=${classes("segment", { now: option.value === value })} aria-pressed=${option.value === value}
        onClick=${() => option.value !== value && onChange(option.value)}>${option.label}</button>`,
    )}
  </div>`;
}
