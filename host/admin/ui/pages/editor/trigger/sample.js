/** The sample payload: pasted with a check of its syntax, or taken from what really arrives at the test URL. */
import { html, useEffect, useState } from "../../../core/html.js";
import { bytes } from "../../../core/time.js";
import { indented, isVerbatim } from "../../../core/verbatim.js";
import { Button } from "../../../views/button.js";
import { Card } from "../../../views/card.js";
import { Editor } from "../../../views/code.js";
import { Notice } from "../../../views/empty.js";
import { Tabs } from "../../../views/tabs.js";
import { Listen } from "./listen.js";
import { parsed, written } from "./json.js";

/** @typedef {import("../state.js").Draft} Draft */

const PLACE = "/trigger/webhook/sample";
const WAYS = [{ value: "paste", label: "Paste JSON" }, { value: "listen", label: "Listen for a test request" }];

/** @param {{ draft: Draft }} props */
export function Sample({ draft }) {
  const [way, setWay] = useState("paste");
  const use = (/** @type {any} */ payload) => {
    draft.change(PLACE, payload);
    setWay("paste");
  };
  const lead = "A payload as the outside system sends it. The mapping, templates and conditions are checked against it.";
  return html`<${Card} title="Sample" lead=${lead}>
    <div class="stack">
      <${Tabs} items=${WAYS} value=${way} onChange=${setWay} label="Where the sample comes from" />
      ${way === "paste" ? html`<${Paste} draft=${draft} />` : html`<${Listen} automation=${draft.automation} onUse=${use} locked=${draft.locked} />`}
    </div>
  <//>`;
}

/** @param {{ draft: Draft }} props */
function Paste({ draft }) {
  const [text, setText] = useState(() => written(draft.sample));
  const read = parsed(text);
  // Somebody else changed the sample (the YAML view, a test request): what is typed here gives way.
  useEffect(() => {
    if (read.fault === null && !isVerbatim(read.value, draft.sample)) setText(written(draft.sample));
  }, [draft.sample]);

  const type = (/** @type {string} */ next) => {
    setText(next);
    const { value, fault } = parsed(next);
    if (fault === null) draft.change(PLACE, value);
  };
  const marks = read.fault ? [{ line: read.fault.line, tone: "bad", message: read.fault.message }] : [];
  const fault = draft.faultAt(PLACE);
  return html`<div class="stack-s" data-path=${PLACE}>
    <${Editor} value=${text} onInput=${type} language="json" marks=${marks} rows=${10} label="Sample payload" readOnly=${draft.locked}
      invalid=${read.fault !== null} />
    <div class="row row-between small">
      <span class=${read.fault ? "bad" : "muted"} role="status">${read.fault
        ? `Line ${read.fault.line}, column ${read.fault.column}: ${read.fault.message}`
        : text.trim() === "" ? "No sample yet" : `JSON, ${bytes(new Blob([text]).size)}`}</span>
      <${Button} kind="quiet" small disabled=${draft.locked || read.fault !== null || text.trim() === ""}
        onClick=${() => type(indented(text))}>Format<//>
    </div>
    ${fault && html`<${Notice} tone="bad" title=${fault} />`}
  </div>`;
}
