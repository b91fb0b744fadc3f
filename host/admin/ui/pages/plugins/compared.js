/** One capture of a comparison: whether both versions do the same with it, and each value that differs. */
import { classes, html, useState } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { plural } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Icon } from "../../views/icon.js";
import { placeText } from "./places.js";
import { valueText } from "./values.js";

/**
 * @typedef {import("api").Schemas["ComparedCapture"]} Compared
 */

/** @param {{one: Compared, versions: {active: {version: string}, candidate: {version: string}}}} props */
export function ComparedCapture({ one, versions }) {
  const [open, setOpen] = useState(false);
  const total = one.differences.length + one.more;
  const head = html`
    <span class="compared-name">
      <code class="truncate">${one.capture}</code>
      <span class="muted">${one.automation.name}</span>
      ${one.items !== null &&
      one.items !== undefined && html`<span class="faint">first of ${plural(one.items, "run")}</span>`}
    </span>
    ${one.same ? html`<${Badge} tone="ok">the same<//>` : html`<${Badge} tone="warn">${plural(total, "difference")}<//>`}
  `;
  if (one.same) return html`<li class="compared-one"><div class="compared-head"><${Icon} name="check" />${head}</div></li>`;
  return html`<li class="compared-one">
    <button type="button" class="compared-head" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <${Icon} name=${open ? "chevron-down" : "chevron-right"} />${head}
    </button>
    ${open && html`<${Differences} one=${one} versions=${versions} />`}
  </li>`;
}

/** @param {{one: Compared, versions: {active: {version: string}, candidate: {version: string}}}} props */
function Differences({ one, versions }) {
  return html`<div class="compared-body">
    <table class="compared-changes">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">${versions.active.version}</th>
          <th scope="col">${versions.candidate.version}</th>
        </tr>
      </thead>
      <tbody>
        ${one.differences.map(
          ({ at, before, after }) => html`<tr>
            <th scope="row" title=${at}>${placeText(at)}</th>
            <td><${Value} value=${before} kind="gone" /></td>
            <td><${Value} value=${after} kind="new" /></td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${one.more > 0 && html`<p class="muted">and ${plural(one.more, "more difference")}</p>`}
    <p><${Link} to=${`/captures/${one.capture}`}>Open the capture<//></p>
  </div>`;
}

/** @param {{value: any, kind: "gone" | "new"}} props */
function Value({ value, kind }) {
  const none = value === null || value === undefined;
  return html`<span class=${classes("change-value", `change-${kind}`, { "change-none": none })}>${valueText(value)}</span>`;
}
