/** A dry run of the draft: what it would do with the sample, a capture or pasted JSON, and nothing of it done. */

import { api } from "../../../core/api.js";
import { html, useState } from "../../../core/html.js";
import { useLoad } from "../../../core/load.js";
import { ago } from "../../../core/time.js";
import { Button } from "../../../views/button.js";
import { Editor } from "../../../views/code.js";
import { Empty, ErrorBox, Notice, Skeleton } from "../../../views/empty.js";
import { Field, Input, Select } from "../../../views/field.js";
import { readSample } from "../../automations/sample.js";
import { isSame } from "../pointer.js";
import { Report } from "./report.js";

/** @typedef {import("../state.js").Draft} Draft */

const CAPTURES = 10;

/** @param {{draft: Draft, report: any, onReport: (report: any) => void}} props */
export function DryRun({ draft, report, onReport }) {
  const captures = useLoad((signal) => api.get("/captures", { query: { automation: draft.automation.id, limit: CAPTURES }, signal }), [draft.automation.id]);
  const [source, setSource] = useState(draft.sample === undefined ? "json" : "sample");
  const [text, setText] = useState("");
  const [item, setItem] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const pasted = readSample(text);
  const each = typeof draft.doc.trigger?.webhook?.each === "string";
  const faults = Object.keys(draft.faults).length;

  const options = [
    { value: "sample", label: draft.sample === undefined ? "The sample (there is none yet)" : "The sample", disabled: draft.sample === undefined },
    { value: "json", label: "JSON that you paste" },
    ...(captures.data?.items ?? []).map(choiceOf),
  ];
  const run = async () => {
    setBusy(true);
    setError(null);
    const on = source === "sample" ? {} : source === "json" ? { payload: pasted.value } : { capture: source };
    const document = draft.doc;
    try {
      const found = await api.post(`/automations/${draft.automation.id}/dry-run`, { document, ...on, ...(each && item.trim() !== "" ? { item: Number(item) } : {}) });
      onReport({ ...found, document });
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };
  const isReady = !draft.unread && faults === 0 && (source !== "json" || pasted.value !== undefined) && /^\d*$/.test(item.trim());
  const isOld = report !== null && !isSame(report.document, draft.doc);
  return html`<div class="dry stack">
    <p class="small muted">The steps run in their sandboxes as the form says now. Nothing is sent, stored or changed; a call to
      another machine is made only where it changes nothing there.</p>
    <${Field} label="Try it on">${(/** @type {any} */ field) => html`<${Select} ...${field} options=${options} value=${source} onChange=${setSource} />`}<//>
    ${source === "json" && html`<${Field} label="JSON" hideLabel error=${pasted.fault}>${(/** @type {any} */ field) => html`<${Editor} ...${field}
      language="json" rows=${6} value=${text} onInput=${setText} label="JSON to try it on" />`}<//>`}
    ${each && html`<${Field} label="Element" hint="Which element of the array, from 0: each has a run of its own.">
      ${(/** @type {any} */ field) => html`<${Input} ...${field} inputmode="numeric" value=${item} placeholder="0" onInput=${setItem} />`}<//>`}
    <div class="row"><${Button} kind="primary" icon="play" busy=${busy} disabled=${!isReady} onClick=${run}>${report ? "Run again" : "Run"}<//>
      ${faults > 0 && html`<span class="small tone-bad">Mend what is wrong with it first.</span>`}</div>
    ${error && html`<${ErrorBox} error=${error} />`}
    ${busy && !report && html`<${Skeleton} lines=${6} />`}
    ${isOld && !busy && html`<${Notice} tone="info" title="You changed the automation since">This is what it would have done before.<//>`}
    ${report ? html`<${Report} report=${report} />` : !busy && !error && html`<${Empty} small icon="play" title="Nothing tried yet"
      text="You see the contact before and after, and what each step would change." />`}
  </div>`;
}

/** @param {{id: string, received_at: string}} capture */
function choiceOf({ id, received_at }) {
  return { value: id, label: `Captured ${ago(received_at)} · ${id.slice(-8)}`, group: "Captures, newest first" };
}
