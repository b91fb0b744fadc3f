/** The form of one step: its settings by its plugin's schema, its condition, what happens when it fails. */

import { html, useEffect, useMemo, useState } from "../../../core/html.js";
import { Link } from "../../../core/router.js";
import { Button } from "../../../views/button.js";
import { Notice } from "../../../views/empty.js";
import { Field, Input } from "../../../views/field.js";
import { useKnown } from "../known.js";
import { below, isWithin, valueAt } from "../pointer.js";
import { SchemaForm } from "../schema/fields.js";
import { titleOf, tokensFor } from "../tokens.js";
import { RetryForm } from "./retry.js";
import { WaitForm } from "./wait.js";
import { WhenForm } from "./when.js";

/** The keys of a step that this form has a field for; what is wrong with another one is told below. */
const SHOWN = ["name", "when", "settings", "retry", "wait", "stop", "continue_on_failure", "action"];

/**
 * @param {{draft: import("../state.js").Draft, step: any, index: number, path: string, plugin: import("../known.js").Plugin | undefined,
 *   outputs: {[step: string]: any}, isFresh: boolean}} props
 */
export function StepForm({ draft, step, index, path, plugin, outputs, isFresh }) {
  const known = useKnown();
  const tokens = useMemo(() => tokensFor({
    doc: draft.doc, before: index, fields: known.fields.map(({ name }) => name), templates: known.templates, outputs,
  }), [draft.doc, index, known.fields, known.templates, outputs]);
  const value = (/** @type {string} */ at) => valueAt(draft.doc, at);
  // What was not filled in yet is no reproach while the step, or this part of it, is new.
  const [begun, setBegun] = useState(/** @type {string[]} */ ([]));
  const isNew = (/** @type {string} */ at) => isFresh || begun.some((outer) => isWithin(at, outer));
  const waits = (/** @type {string} */ at) => [undefined, null, ""].includes(value(at)) && isNew(at);
  useEffect(() => setBegun((before) => (before.length === 0 ? before : [])), [draft.refusals, path]);
  const left = (/** @type {FocusEvent} */ event) => {
    const to = /** @type {Element | null} */ (event.relatedTarget);
    const box = (/** @type {string} */ at) => /** @type {Element} */ (event.currentTarget).querySelector(`[data-path="${CSS.escape(at)}"]`);
    const isLeft = (/** @type {string} */ at) => to !== null && box(at)?.contains(/** @type {Node} */ (event.target)) && !box(at)?.contains(to);
    const isOut = to !== null && !(/** @type {Element} */ (event.currentTarget).contains(to));
    if (begun.some((at) => isOut || isLeft(at))) setBegun(begun.filter((at) => !isOut && !isLeft(at)));
  };
  const form = {
    value,
    change: draft.change,
    hold: draft.hold,
    begin: (/** @type {string} */ at) => setBegun((before) => [...before, at]),
    faultAt: (/** @type {string} */ at) => (waits(at) ? undefined : draft.faultAt(at)),
    faultWithin: (/** @type {string} */ at) => (waits(at) ? undefined : draft.faultWithin(at)),
    locked: draft.locked,
    tokens,
  };
  const at = (/** @type {string} */ key) => below(path, key);
  const others = isFresh ? [] : Object.entries(draft.faults).filter(([place]) => isWithin(place, path) && !SHOWN.some((key) => isWithin(place, at(key))));
  const isAction = step?.action !== undefined;

  return html`<div class="flow-form" onfocusout=${left}>
    ${isAction && html`<${About} action=${step.action} path=${at("action")} plugin=${plugin} fault=${form.faultAt(at("action"))} ready=${known.ready} />`}
    ${isAction && (plugin
      ? html`<${SchemaForm} path=${at("settings")} schema=${plugin.manifest.settings} form=${form} key=${plugin.id} />`
      : known.ready && html`<${SchemaForm} path=${at("settings")} schema=${true} form=${form} />`)}
    ${step?.wait !== undefined && html`<${WaitForm} path=${at("wait")} form=${form} />`}
    ${step?.stop !== undefined && html`<div data-path=${at("stop")}><${Field} label="Why the run ends" required error=${form.faultWithin(at("stop"))}
      hint="Runs show it. The run counts as succeeded.">
      ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${step.stop}
        onInput=${(/** @type {string} */ text) => draft.change(at("stop"), text)} disabled=${draft.locked} />`}<//></div>`}
    <div class="flow-more">
      <${WhenForm} path=${at("when")} form=${form} doc=${draft.doc} />
      ${isAction && html`<${RetryForm} path=${path} form=${form} />`}
      <div data-path=${at("name")}><${Field} label="Name" error=${form.faultWithin(at("name"))}
        hint="What runs show, and what later steps call it to read what it returns.">
        ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${step?.name ?? ""} placeholder=${titleOf({ ...step, name: undefined })}
          disabled=${draft.locked}
          onInput=${(/** @type {string} */ text) => draft.change(at("name"), text === "" ? undefined : text)} />`}
      <//></div>
    </div>
    ${others.map(([place, message]) => html`<div class="row" data-path=${place}>
      <p class="field-error"><code>${place.slice(path.length + 1) || "step"}</code> ${message}</p>
      ${place !== path && value(place) !== undefined && html`<${Button} small icon="x" disabled=${draft.locked} onClick=${() => draft.change(place, undefined)}>Remove it<//>`}
    </div>`)}
  </div>`;
}

/** What the action is. @param {{action: string, path: string, plugin: import("../known.js").Plugin | undefined, fault: string | undefined, ready: boolean}} props */
function About({ action, path, plugin, fault, ready }) {
  if (!plugin) {
    return ready && html`<div data-path=${path}><${Notice} tone="bad" title=${`No version of “${action}” is active`}>
      ${fault ?? "The step cannot run before one is."} <${Link} to="/plugins">Plugins<//><//></div>`;
  }
  return html`<p class="flow-about small muted">${plugin.manifest.description} <${Link} to=${`/plugins/${plugin.id}`} class="nowrap">
    <span class="mono">${action}</span> ${plugin.manifest.version}<//></p>`;
}

