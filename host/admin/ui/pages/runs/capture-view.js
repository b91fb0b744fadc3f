/** A capture at a glance: the body as a tree or exactly as it came, and the headers. */
import { html, useState } from "../../core/html.js";
import { Code } from "../../views/code.js";
import { CopyButton } from "../../views/copy.js";
import { JsonTree } from "../../views/json-tree.js";
import { Tabs } from "../../views/tabs.js";
import { bytes } from "../../core/time.js";

/** @typedef {import("./shapes.js").WholeCapture} WholeCapture */

/** Headers as they came, what opens doors hidden by the host.
 * @param {{headers: string[][]}} props */
export function Headers({ headers }) {
  if (headers.length === 0) return html`<p class="capture-none">No headers were kept with this capture.</p>`;
  return html`<dl class="capture-headers">${headers.map(
    ([name, value], at) => html`<div key=${at} class="capture-header"><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

/**
 * Body and headers behind tabs.
 * @param {{capture: WholeCapture}} props
 */
export function CaptureView({ capture }) {
  const [shown, show] = useState("body");
  const { headers, body_text: text } = capture;
  const items = [
    { value: "body", label: "Body" },
    { value: "raw", label: "Raw" },
    { value: "headers", label: `Headers${headers.length > 0 ? ` · ${headers.length}` : ""}` },
  ];
  return html`<div class="capture-view">
    <div class="capture-bar">
      <${Tabs} items=${items} value=${shown} onChange=${show} />
      <span class="capture-size">${bytes(capture.bytes)}</span>
      <${CopyButton} label="Copy" text=${shown === "headers" ? headers.map(([name, value]) => `${name}: ${value}`).join("\n") : text} />
    </div>
    <div class="capture-body">
      ${shown === "body" && html`<${JsonTree} value=${capture.body} open=${3} />`}
      ${shown === "raw" && html`<${Code} text=${text} language="json" copy=${false} height=${640} label="The body, exactly as it came" />`}
      ${shown === "headers" && html`<${Headers} headers=${headers} />`}
    </div>
  </div>`;
}
