/** What changed: texts line by line, with what stayed folded; and fields, before and after. */
import { classes, html, useMemo, useState } from "../core/html.js";
import { plural } from "../core/words.js";
import { difference } from "./lines.js";

/** The lines around a change that are shown. */
const AROUND = 3;

/** @param {{ before: string, after: string, title?: any, label?: string }} props */
export function Diff({ before, after, title, label = "Difference" }) {
  const lines = useMemo(() => difference(before, after), [before, after]);
  const [open, setOpen] = useState(/** @type {Set<number>} */ (new Set()));
  const [gone, added] = ["gone", "new"].map((kind) => lines.filter((line) => line.kind === kind).length);
  if (gone + added === 0) return html`<div class="diff"><p class="diff-none muted">Nothing differs.</p></div>`;
  return html`<div class="diff">
    <div class="diff-head small"><span class="strong">${title}</span><span class="right num"><span class="tone-ok">+${added}</span> <span class="tone-bad">−${gone}</span></span></div>
    <div class="diff-scroll" tabindex="0" role="region" aria-label=${label}><table class="diff-lines"><tbody>
      ${partsOf(lines).map(({ at, rows, folded }) => (folded && !open.has(at)
        ? html`<tr class="diff-fold" key=${at}><td colspan="4"><button type="button" onClick=${() => setOpen(new Set([...open, at]))}>${plural(rows.length, "unchanged line")}</button></td></tr>`
        : rows.map((line) => html`<tr class=${`diff-${line.kind}`} key=${`${line.before}-${line.after}`}>
            <td class="diff-number">${line.before}</td><td class="diff-number">${line.after}</td>
            <td class="diff-sign">${{ same: " ", gone: "−", new: "+" }[line.kind]}</td><td class="diff-text">${line.text || " "}</td>
          </tr>`)))}
    </tbody></table></div>
  </div>`;
}

/** @param {import("./lines.js").Line[]} lines */
function partsOf(lines) {
  const near = lines.map(() => false);
  lines.forEach((line, at) => {
    if (line.kind !== "same") near.fill(true, Math.max(0, at - AROUND), at + AROUND + 1);
  });
  /** @type {{ at: number, rows: import("./lines.js").Line[], folded: boolean }[]} */
  const parts = [];
  lines.forEach((line, at) => {
    const last = parts[parts.length - 1];
    if (last && last.folded === !near[at]) last.rows.push(line);
    else parts.push({ at, rows: [line], folded: !near[at] });
  });
  return parts.map((part) => (part.rows.length < 3 ? { ...part, folded: false } : part));
}

/** Fields before and after, as the API tells them. @param {{ items: { at: string, before?: any, after?: any }[], label?: string }} props */
export function Changes({ items, label = "Changes" }) {
  if (items.length === 0) return html`<p class="muted small">Nothing changes.</p>`;
  return html`<dl class="changes" aria-label=${label}>
    ${items.map((item) => html`<div class="change" key=${item.at}>
      <dt class="mono">${item.at}</dt>
      <dd><${Value} value=${item.before} kind="gone" /><span class="change-arrow" aria-label="becomes">→</span><${Value} value=${item.after} kind="new" /></dd>
    </div>`)}
  </dl>`;
}

/** @param {{ value: any, kind: "gone" | "new" }} props */
function Value({ value, kind }) {
  const none = value === null || value === undefined || value === "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return html`<span class=${classes("change-value break", `change-${kind}`, { "change-none": none })}>${none ? "nothing" : text}</span>`;
}
