/** How a version fares: whether it is called, its last trap with the guest's frames, and its figures of the last day. */
import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { Ago, Moment, count, duration, share } from "../../core/time.js";
import { StateBadge } from "../../views/badge.js";
import { Card } from "../../views/card.js";
import { Code } from "../../views/code.js";
import { Notice, Skeleton } from "../../views/empty.js";
import { Pairs } from "../../views/pairs.js";

/**
 * @typedef {import("./data.js").Health} Health
 * @typedef {import("./data.js").PluginFault} PluginFault
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("./reads.js").Figures} Figures
 */

/** A line about a version that is not called at present. @param {{health: Health}} props */
export function HealthNotice({ health }) {
  if (health.state === "healthy") return null;
  if (health.state === "probing") {
    return html`<${Notice} tone="warn" title="Being tried again"><p>One call is under way to see whether it is well again.</p><//>`;
  }
  return html`<${Notice} tone="bad" title="In quarantine">
    <p>
      It trapped or exhausted its limits again and again, so it is not called, and runs that come to it wait. It is tried again
      ${" "}<${Ago} at=${health.until} />.
    </p>
  <//>`;
}

/** @param {{plugin: Detail, figures: import("../../core/load.js").Loaded<Record<string, Figures>>}} props */
export function HealthTab({ plugin, figures }) {
  const { health, last_fault: fault } = plugin;
  const own = figures.data?.[plugin.manifest.name];
  return html`<div class="stack">
    <${Card} title="Last trap or exhausted limit" actions=${html`<${StateBadge} state=${health.state} />`}>
      ${fault ? html`<${Fault} fault=${fault} />` : html`<p class="muted">None since the host started.</p>`}
    <//>
    ${!figures.error &&
    html`<${Card} title="Calls of this name in the last 24 hours">
      ${figures.loading && !figures.data && html`<${Skeleton} height=${150} />`}
      ${figures.data && (own ? html`<${Calls} figures=${own} />` : html`<p class="muted">It was not called.</p>`)}
    <//>`}
  </div>`;
}

/** @param {{figures: Figures}} props */
function Calls({ figures: { calls, failed, mean_us, p99_us, max_us } }) {
  const items = [
    ["Calls", count(calls)],
    ["Failed", failed === 0 ? "none" : `${count(failed)} (${share(failed, calls)})`],
    ["Mean time", duration(mean_us / 1000)],
    ["99 of 100 within", duration(p99_us / 1000)],
    ["Longest", duration(max_us / 1000)],
  ];
  return html`<${Pairs} items=${items} />`;
}

/** @param {{fault: PluginFault}} props */
function Fault({ fault }) {
  const items = [
    ["When", html`<${Moment} at=${fault.at} whole />`],
    ["Run", html`<${Link} to=${`/runs/${fault.run}`}><code>${fault.run}</code><//>`],
    ["Step", fault.step],
  ];
  return html`<div class="stack">
    <p class="trap">${fault.message}</p>
    <${Pairs} items=${items} />
    ${fault.backtrace
      ? html`<div>
          <h3 class="label">The plugin's frames, innermost first</h3>
          <${Code} text=${fault.backtrace} language="text" numbers />
        </div>`
      : html`<p class="muted">The component has no names to show frames by.</p>`}
  </div>`;
}
