/** Charts as small as a word: bars over time, a bar of shares. */
import { html } from "../core/html.js";

/** @typedef {import("../core/words.js").Tone} Tone */

/**
 * Bars. A second series, such as failures, stands in front of the first.
 * @param {{ values: (number | null)[], over?: (number | null)[], tone?: Tone, overTone?: Tone, width?: number, height?: number, label: string, max?: number }} props
 */
export function Spark({ values, over, tone = "info", overTone = "bad", width = 96, height = 24, label, max }) {
  const most = max ?? Math.max(1, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length);
  const bar = (/** @type {number | null} */ value, /** @type {number} */ at, /** @type {string} */ name) => {
    if (!value) return null;
    const high = Math.max(1.5, (value / most) * (height - 2));
    return html`<rect class=${name} x=${at * step} y=${height - high} width=${Math.max(1, step - 1)} height=${high} rx="0.75" />`;
  };
  return html`<svg class="spark" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${label}>
    <title>${label}</title>
    <rect class="spark-ground" x="0" y=${height - 1} width=${width} height="1" />
    ${values.map((value, at) => bar(value, at, `fill-${tone}`))}
    ${over?.map((value, at) => bar(value, at, `fill-${overTone}`))}
  </svg>`;
}

/** A bar of shares of a whole. @param {{ parts: { value: number, tone: Tone, label: string }[], label?: string }} props */
export function Split({ parts, label }) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0);
  const said = label ?? parts.map((part) => `${part.label}: ${part.value}`).join(", ");
  return html`<div class="split" role="img" aria-label=${said} title=${said}>
    ${parts.map((part) => part.value > 0 && html`<span class="split-part back-${part.tone}" style=${{ flexGrow: String(part.value / whole) }}></span>`)}
  </div>`;
}
