/** What an inspection found in a component: why it cannot be a plugin, what its author should look at, and its measures. */
import { html } from "../../core/html.js";
import { bytes, count, duration } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Copy } from "../../views/copy.js";
import { Icon } from "../../views/icon.js";
import { Pairs } from "../../views/pairs.js";

/**
 * @typedef {import("./data.js").Report} Report
 * @typedef {import("./data.js").InspectionFault} InspectionFault
 */

/** @param {{report: Report}} props */
export function ReportView({ report }) {
  return html`<div class="report">
    <${Faults} title="Why it cannot become a plugin" tone="bad" faults=${report.faults} />
    <${Faults} title="What its author should look at" tone="warn" faults=${report.warnings} />
    <${Measures} report=${report} />
  </div>`;
}

/** @param {{title: string, tone: "bad" | "warn", faults: InspectionFault[]}} props */
function Faults({ title, tone, faults }) {
  if (faults.length === 0) return null;
  return html`<section class=${`faults faults-${tone}`}>
    <h3 class="faults-title">
      <${Icon} name=${tone === "bad" ? "circle-alert" : "triangle-alert"} />
      <span>${title}</span>
      <span class="faults-count">${faults.length}</span>
    </h3>
    <ol class="faults-list">
      ${faults.map(
        (fault) => html`<li class="flaw">
          <p class="flaw-message">${fault.message}</p>
          <p class="flaw-mend"><strong>To mend it:</strong> ${fault.mend}</p>
          <code class="flaw-code">${fault.code}</code>
        </li>`,
      )}
    </ol>
  </section>`;
}

/** @param {{report: Report}} props */
function Measures({ report }) {
  const compiled = report.compile_ms !== null || report.describe_ms !== null;
  const items = [
    ["Size", bytes(report.bytes)],
    ["SHA-256", html`<${Copy} text=${report.digest} />`],
    ["Functions", report.functions > 0 ? count(report.functions) : null],
    ["For one call", report.core_instances > 0 ? perCall(report) : null],
    ["Compiled in", report.compile_ms === null ? compiled ? "compiled before" : null : duration(report.compile_ms)],
    ["Described itself in", report.describe_ms === null ? null : duration(report.describe_ms)],
  ];
  return html`<section class="measures">
    <${Pairs} items=${items} />
    ${report.imports.length > 0 &&
    html`<details class="imports">
      <summary>${plural(report.imports.length, "interface")} imported</summary>
      <ul>
        ${report.imports.map((name) => html`<li><code>${name}</code></li>`)}
      </ul>
    </details>`}
  </section>`;
}

/** @param {Report} report */
function perCall({ core_instances, memories, tables }) {
  return `${plural(core_instances, "core instance")}, ${plural(memories, "memory", "memories")}, ${plural(tables, "table")}`;
}
