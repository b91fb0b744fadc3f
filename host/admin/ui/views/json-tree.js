/** JSON as a tree whose values can be picked: the left side of a mapping, and a body at a glance. */
import { classes, html, useState } from "../core/html.js";
import { plural } from "../core/words.js";
import { Icon } from "./icon.js";

/** The children of one value that are drawn before somebody asks for more. */
const SHOWN_AT_ONCE = 100;

/** The characters of a text that are drawn. */
const TEXT_CHARS_MAX = 200;

/**
 * A place in JSON as a JSONPath of RFC 9535: `$.order.items[0]["first name"]`.
 * @param {(string | number)[]} parts
 * @returns {string}
 */
export function pathOf(parts) {
  const step = (/** @type {string | number} */ part) => {
    if (typeof part === "number") return `[${part}]`;
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
  };
  return `$${parts.map(step).join("")}`;
}

/**
 * @typedef {object} TreeProps
 * @property {any} value
 * @property {(path: string, value: any) => void} [onPick]
 * @property {string | Set<string>} [picked] paths
 * @property {number} [open] how deep it is open at first
 * @property {string} [label]
 * @property {(path: string, value: any) => any} [aside] something at the end of a line
 */

/** @param {TreeProps} props */
export function JsonTree({ value, onPick, picked, open = 2, label = "JSON", aside }) {
  const marked = typeof picked === "string" ? new Set([picked]) : (picked ?? new Set());
  return html`<div class="tree" role="group" aria-label=${label}>
    <ul><${Branch} name=${null} value=${value} parts=${[]} depth=${0} open=${open} onPick=${onPick} marked=${marked} aside=${aside} /></ul>
  </div>`;
}

/**
 * @param {{ name: string | number | null, value: any, parts: (string | number)[], depth: number, open: number, marked: Set<string>,
 *   onPick?: (path: string, value: any) => void, aside?: (path: string, value: any) => any }} props
 */
function Branch({ name, value, parts, depth, open, onPick, marked, aside }) {
  const [unfolded, setUnfolded] = useState(depth < open);
  const [most, setMost] = useState(SHOWN_AT_ONCE);
  const path = pathOf(parts);
  const holds = value !== null && typeof value === "object";
  /** @type {[string | number, any][]} */
  const children = !holds ? [] : Array.isArray(value) ? value.map((child, at) => [at, child]) : Object.entries(value);
  const isPicked = marked.has(path);
  const inside = html`${name !== null && html`<span class=${typeof name === "number" ? "tree-index num" : "tree-key"}>${name}</span>`}
    ${holds ? html`<span class="tree-count">${sizeOf(value, children.length)}</span>` : html`<${Leaf} value=${value} />`}`;
  const line = onPick
    ? html`<button type="button" class="tree-pick" aria-pressed=${isPicked} title=${path} onClick=${() => onPick(path, value)}>${inside}</button>`
    : html`<span class="tree-pick" title=${path}>${inside}</span>`;
  return html`<li>
    <div class=${classes("tree-line", { picked: isPicked })}>
      ${children.length > 0
        ? html`<button type="button" class=${classes("tree-fold", { open: unfolded })} aria-expanded=${unfolded} aria-label=${unfolded ? `Fold ${path}` : `Unfold ${path}`} onClick=${() => setUnfolded(!unfolded)}>
            <${Icon} name="chevron-right" size=${13} />
          </button>`
        : html`<span class="tree-fold"></span>`}
      ${line}${aside?.(path, value)}
    </div>
    ${unfolded && children.length > 0 && html`<ul>
      ${children.slice(0, most).map(([key, child]) => html`<${Branch} key=${key} name=${key} value=${child} parts=${[...parts, key]} depth=${depth + 1} open=${open} onPick=${onPick} marked=${marked} aside=${aside} />`)}
      ${children.length > most && html`<li><button type="button" class="tree-more" onClick=${() => setMost(most + 10 * SHOWN_AT_ONCE)}>${plural(children.length - most, "more")}</button></li>`}
    </ul>`}
  </li>`;
}

/** @param {any} value @param {number} size */
function sizeOf(value, size) {
  if (Array.isArray(value)) return size === 0 ? "[ ]" : `[ ${plural(size, "element")} ]`;
  return size === 0 ? "{ }" : `{ ${plural(size, "key")} }`;
}

/** @param {{ value: any }} props */
function Leaf({ value }) {
  if (typeof value === "string") {
    const cut = value.length > TEXT_CHARS_MAX;
    return html`<span class="hl-string break">"${cut ? `${value.slice(0, TEXT_CHARS_MAX)}…` : value}"</span>`;
  }
  return html`<span class=${typeof value === "number" ? "hl-number num" : "hl-literal"}>${String(value)}</span>`;
}
