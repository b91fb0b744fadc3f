/** The silence alarm: triggers that used to be busy and have had nothing for a day. */
import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { Ago, count } from "../../core/time.js";
import { Notice } from "../../views/empty.js";

/** @param {{ silent: import("./series.js").Overview["silent"] }} props */
export function Silent({ silent }) {
  const title = silent.length === 1 ? "A trigger has gone silent" : `${count(silent.length)} triggers have gone silent`;
  return html`<${Notice} tone="warn" icon="bell" title=${title}>
    <ul class="silent">${silent.map(({ automation, name, usual_per_hour, last_capture_at }) => html`<li key=${automation}>
      <${Link} to=${`/automations/${automation}`}>${name}<//> used to get ${often(usual_per_hour)} and got the last one <${Ago} at=${last_capture_at} />.
    </li>`)}</ul>
    <p class="small muted">Look whether the outside system still sends, and whether its key was revoked or has expired.</p>
  <//>`;
}

/** @param {number} perHour */
function often(perHour) {
  const rounded = Math.round(perHour);
  return rounded <= 1 ? "a request an hour" : `${count(rounded)} requests an hour`;
}
