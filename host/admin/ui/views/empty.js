/** What stands where there is nothing: nothing yet, not yet, or not at all because of an error. */
import { classes, html } from "../core/html.js";
import { plural } from "../core/words.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** Nothing yet, and what to do about it. @param {{ icon?: import("./icon.js").IconName, title: any, text?: any, action?: any, small?: boolean }} props */
export function Empty({ icon, title, text, action, small }) {
  return html`<div class=${classes("empty", { "empty-small": small })}>
    ${icon && html`<span class="empty-icon"><${Icon} name=${icon} size=${20} /></span>`}
    <p class="empty-title">${title}</p>
    ${text && html`<p class="empty-text">${text}</p>`}
    ${action && html`<div class="row empty-action">${action}</div>`}
  </div>`;
}

/** An error with all that there is to say of it, and a way on. @param {{ error: any, retry?: () => void, title?: string }} props */
export function ErrorBox({ error, retry, title }) {
  const faults = error?.faults ?? [];
  const detail = error?.detail || error?.message || "Something failed.";
  const again = retry && html`<${Button} small icon="refresh-cw" onClick=${retry}>Try again<//>`;
  return html`<${Notice} tone="bad" title=${title ?? error?.title ?? "Something failed"} actions=${again} alert>
    ${faults.length === 0 && html`<p class="break">${detail}</p>`}
    ${faults.length > 0 &&
    html`<ul class="fault-list">
      ${faults.slice(0, 8).map((/** @type {any} */ fault) => html`<li><code>${fault.at}</code> ${fault.message}</li>`)}
      ${faults.length > 8 && html`<li>and ${plural(faults.length - 8, "more fault")}</li>`}
    </ul>`}
    ${error?.retry_after && html`<p>Try again in ${plural(error.retry_after, "second")}.</p>`}
    ${error?.request_id && html`<p class="faint small">Request <code class="break">${error.request_id}</code></p>`}
  <//>`;
}

/** @type {Record<string, import("./icon.js").IconName>} */
const NOTICE_ICONS = { ok: "circle-check", bad: "circle-alert", warn: "triangle-alert", info: "info", idle: "info" };

/**
 * Something to know before going on.
 * @param {{ tone?: import("../core/words.js").Tone, title?: any, icon?: import("./icon.js").IconName, actions?: any,
 *   alert?: boolean, children?: any }} props
 */
export function Notice({ tone = "info", title, icon, actions, alert, children }) {
  return html`<div class="notice tone-${tone}" role=${alert ? "alert" : undefined}>
    <${Icon} name=${icon ?? NOTICE_ICONS[tone]} />
    <div class="notice-text stack-s">${title && html`<p class="strong">${title}</p>`}${children}</div>
    ${actions && html`<div class="row notice-actions">${actions}</div>`}
  </div>`;
}

/** Grey lines where text will be, of the same height. @param {{ lines?: number, height?: number }} props */
export function Skeleton({ lines = 3, height }) {
  if (height) return html`<div class="skeleton" style=${{ height: `${height}px` }} aria-hidden="true"></div>`;
  const widths = [92, 78, 86, 64, 81];
  return html`<div class="stack-s" aria-hidden="true">
    ${Array.from({ length: lines }, (_, at) => html`<div class="skeleton skeleton-line" style=${{ width: `${widths[at % 5]}%` }}></div>`)}
  </div>`;
}

/** Something is under way. @param {{ label?: string }} props */
export function Spinner({ label = "Loading" }) {
  return html`<span class="spinner" role="status"><span class="sr-only">${label}</span></span>`;
}
