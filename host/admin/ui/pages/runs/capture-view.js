/** A capture at a glance: the body as a tree or exactly as it came, and the headers. */
import { html, useState } from "../../core/html.js";
import { Code } from "../../views/code.js";
import { CopyButton } from "../../views/copy.js";
import { JsonTree } from "../../views/json-tree.js";
import { Tabs } from "../../views/tabs.js";
import { bytes } from "../../core/time.js";

/** @typedef {import("./shapes.js").Capture} Capture */

/** The text of the body, exactly as it came where the API says so. @param {Capture} capture */
export function bodyText(capture) {
  return capture.body_text ?? JSON.stringify(capture.body, null, 2);
}

/** How large the body is. @param {Capture} capture */
export function bodyBytes(capture) {
  return capture.bytes ?? new TextEncoder().encode(bodyText(capture)).length;
}

/** Headers as they came, what opens doors hidden by the host.
 * @param {{headers: [string, string][]}} props */
export function Headers({ headers }) {
  if (headers.length === 0) return html`<p class="capture-none">No headers were kept with this capture.</p>`;
  return html`<dl class="capture-headers">${headers.map(
    ([name, value], at) => html`<div key=${at} class="capture-header"><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

/**
 * Body and headers behind tabs.
 * @param {{capture: Capture}} props
 */
export function CaptureView({ capture }) {
  const [shown, show] = useState("body");
  const headers = capture.headers ?? [];
  const text = bodyText(capture);
  const items = [
    { value: "body", label: "Body" },
    { value: "raw", label: "Raw" },
    { value: "headers", label: `Headers${headers.length > 0 ? ` · ${headers.length}` : ""}` },
  ];
  return html`<div class="capture-view">
    <div class="capture-bar">
      <${Tabs} items=${items} value=${shown} onChange=${show} />
      <span class="capture-size">${bytes(bodyBytes(capture))}</span>
      <${CopyButton} label="Copy" text=${shown === "headers" ? headers.map(([name, value]) => `${name}: ${value}`).join("\n") : text} />
    </div>
    <div class="capture-body">
      ${shown === "body" && html`<${JsonTree} value=${capture.body} open=${3} />`}
      ${shown === "raw" && html`<${Code} text=${text} language="json" copy=${false} height=${640} label="The body, exactly as it came" />`}
      ${shown === "headers" && html`<${Headers} headers=${headers} />`}
    </div>
  </div>`;
}
