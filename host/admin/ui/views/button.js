/** Buttons, and links that look like them. */
import { classes, html } from "../core/html.js";
import { Link } from "../core/router.js";
import { Icon } from "./icon.js";

/**
 * @typedef {object} ButtonProps
 * @property {"primary" | "plain" | "danger" | "quiet"} [kind]
 * @property {import("./icon.js").IconName} [icon]
 * @property {boolean} [busy] what it began is under way: it keeps its width and takes no second click
 * @property {boolean} [small]
 * @property {string} [label] what it does, where there is no text in it
 * @property {string} [to] a path: it is a link then
 * @property {boolean} [disabled]
 * @property {"button" | "submit"} [type]
 * @property {any} [children]
 * @property {string} [class]
 */

/** @param {ButtonProps & Record<string, any>} props */
export function Button({ kind = "plain", icon, busy, small, label, to, disabled, type = "button", children, class: extra, ...rest }) {
  const name = classes("button", `button-${kind}`, extra, { "button-small": small, "button-icon": !hasText(children), busy });
  const inside = [
    icon && html`<${Icon} name=${icon} size=${small ? 14 : 16} />`,
    hasText(children) && html`<span class="button-text">${children}</span>`,
    busy && html`<span class="button-spinner" aria-hidden="true"></span>`,
  ];
  const said = { "aria-label": label, title: rest.title ?? label };
  if (to && !disabled) return html`<${Link} to=${to} class=${name} ...${rest} ...${said}>${inside}<//>`;
  // Busy, it is not disabled: whoever pressed it would lose the focus.
  const waits = (/** @type {Event} */ event) => event.preventDefault();
  return html`<button type=${type} class=${name} disabled=${disabled && !busy} aria-disabled=${busy ? "true" : undefined} aria-busy=${busy ? "true" : undefined} ...${rest} ...${said} ...${busy ? { onClick: waits } : {}}>
    ${inside}
  </button>`;
}

/** @param {any} children */
function hasText(children) {
  return Array.isArray(children) ? children.some((child) => child !== null && child !== undefined && child !== false) : Boolean(children);
}

/** Buttons that belong together, without space between them. @param {{ children: any, label?: string }} props */
export function ButtonGroup({ children, label }) {
  return html`<div class="button-group" role="group" aria-label=${label}>${children}</div>`;
}
