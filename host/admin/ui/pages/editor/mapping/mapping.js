/** How a payload becomes a contact: what arrives at the left, the contact at the right, a click from one to the other. */
import { html, useState } from "../../../core/html.js";
import { useSession } from "../../../core/session.js";
import { failed, toast } from "../../../views/toast.js";
import { Button } from "../../../views/button.js";
import { Card } from "../../../views/card.js";
import { confirm } from "../../../views/dialog.js";
import { Empty } from "../../../views/empty.js";
import { Field, Select } from "../../../views/field.js";
import { JsonTree } from "../../../views/json-tree.js";
import { api } from "../../../core/api.js";
import { Identifier } from "./identifier.js";
import { FieldRow } from "./field-row.js";
import { arraysIn, fieldNameFor, firstPayload, keysOf } from "./path.js";
import { isObject } from "../pointer.js";
import { usePreview } from "./preview.js";

/** @typedef {import("../state.js").Draft} Draft */
/** @typedef {"identifier" | number | null} Target where the next picked place goes: the identifier, a field, or a new field */

const WEBHOOK = "/trigger/webhook";

/** @param {{ draft: Draft }} props */
export function Mapping({ draft }) {
  const [target, setTarget] = useState(/** @type {Target} */ (null));
  const { can } = useSession();
  const webhook = isObject(draft.doc.trigger?.webhook) ? draft.doc.trigger.webhook : {};
  const map = Array.isArray(webhook.map) ? webhook.map : [];
  const preview = usePreview(webhook, draft.sample, can("editor"));

  const pick = (/** @type {string} */ path) => {
    if (draft.locked) return;
    if (target === "identifier") draft.change(`${WEBHOOK}/identifier/from`, path);
    else if (target === null) draft.change(`${WEBHOOK}/map`, [...map, { field: fieldNameFor(keysOf(path) ?? []), from: path }]);
    else draft.change(`${WEBHOOK}/map/${target}`, fromPath(map[target], path));
    setTarget(null);
  };
  const used = new Set([webhook.identifier?.from, ...map.map((/** @type {any} */ entry) => entry?.from)].filter(Boolean));
  return html`<div class="mapping">
    <${Arrives} draft=${draft} webhook=${webhook} used=${used} target=${target} onPick=${pick} />
    <div class="stack">
      <${Identifier} draft=${draft} preview=${preview} picking=${target === "identifier"} onPick=${(/** @type {boolean} */ on) => setTarget(on ? "identifier" : null)} />
      <${Fields} draft=${draft} map=${map} preview=${preview} target=${target} setTarget=${setTarget} />
    </div>
  </div>`;
}

/**
 * A field that is filled from a place from now on, whatever filled it before.
 * @param {any} entry
 * @param {string} path
 */
function fromPath(entry, path) {
  const { value: _value, template: _template, ...rest } = entry ?? {};
  return { ...rest, from: path };
}

/** @param {{ draft: Draft, webhook: any, used: Set<string>, target: Target, onPick: (path: string) => void }} props */
function Arrives({ draft, webhook, used, target, onPick }) {
  const hint = draft.locked ? "What an editor sees beside each field is what the host makes of this." : target === null
    ? "Click a value to fill a new field from it."
    : target === "identifier" ? "Click the value that finds the contact." : "Click the value that fills the field.";
  const suggest = draft.sample !== undefined && !draft.locked
    && html`<${Button} small icon="sparkles" onClick=${() => propose(draft, webhook)}>Suggest<//>`;
  return html`<${Card} title="What arrives" lead=${hint} actions=${suggest} class=${target === null ? "" : "is-picking"}>
    ${draft.sample === undefined
      ? html`<${Empty} icon="braces" title="No sample yet" text="Paste a payload under Trigger, or listen for a test request; then click its values here." />`
      : html`<div class="stack">
          <${Each} draft=${draft} each=${webhook.each} />
          <${JsonTree} value=${firstPayload(draft.sample, webhook.each)} onPick=${onPick} picked=${used} open=${3} label="The sample" />
        </div>`}
  <//>`;
}

/** @param {{ draft: Draft, each: string | undefined }} props */
function Each({ draft, each }) {
  const arrays = arraysIn(draft.sample);
  if (arrays.length === 0 && !each) return null;
  const known = each && !arrays.includes(each) ? [each, ...arrays] : arrays;
  const options = [{ value: "", label: "One run for each request" }, ...known.map((path) => ({ value: path, label: `One run for each element of ${path}` }))];
  return html`<div data-path=${`${WEBHOOK}/each`}><${Field} label="Runs" error=${draft.faultAt(`${WEBHOOK}/each`)} hint=${each && "Below, the first element stands in the place of the list."}>
    ${(/** @type {any} */ field) => html`<${Select} ...${field} options=${options} value=${each ?? ""} disabled=${draft.locked}
      onChange=${(/** @type {string} */ path) => draft.change(`${WEBHOOK}/each`, path || undefined)} />`}<//></div>`;
}

/**
 * Takes the mapping that the host proposes for the sample, after asking when there is one already.
 * @param {Draft} draft
 * @param {any} webhook
 */
async function propose(draft, webhook) {
  try {
    const proposed = await api.post("/mapping/suggest", { sample: draft.sample });
    if (!proposed.identifier && proposed.map.length === 0) {
      toast("Nothing in the sample looks like a contact; click its values instead", "warn");
      return;
    }
    const count = webhook.map?.length ?? 0;
    const text = `The ${count === 1 ? "field" : `${count} fields`} mapped so far would be replaced by ${proposed.map.length} proposed.`;
    if (count > 0 && !(await confirm({ title: "Replace the mapping?", text, confirm: "Replace" }))) return;
    const { each, identifier, map } = proposed;
    const { each: _each, ...rest } = webhook;
    draft.change(WEBHOOK, { ...rest, ...(each ? { each } : {}), ...(identifier ? { identifier } : {}), map });
    toast(`Proposed: ${map.length} ${map.length === 1 ? "field" : "fields"}${identifier ? `, found by ${identifier.field}` : ""}. Look it over.`);
  } catch (error) {
    failed(error);
  }
}

/** @param {{ draft: Draft, map: any[], preview: import("./preview.js").Preview, target: Target, setTarget: (target: Target) => void }} props */
function Fields({ draft, map, preview, target, setTarget }) {
  const add = () => {
    draft.change(`${WEBHOOK}/map`, [...map, { field: "", from: "$." }]);
    setTarget(map.length);
  };
  const action = !draft.locked && html`<${Button} small icon="plus" onClick=${add}>Add a field<//>`;
  const fault = draft.faultAt(`${WEBHOOK}/map`);
  return html`<${Card} title="Contact fields" lead="Written in order; a later entry for the same field can fill what is still empty." actions=${action} flush>
    ${fault && html`<p class="fault">${fault}</p>`}
    ${map.length === 0
      ? html`<${Empty} small icon="list-plus" title="Nothing is mapped yet" text="Only the identifier is taken. Click values of the sample, or let them be suggested." />`
      : html`<ol class="map-rows">${map.map((entry, index) => html`
          <${FieldRow} key=${index} draft=${draft} entry=${entry} index=${index} count=${map.length} shown=${preview.fields[index]} waiting=${preview.waiting}
            picking=${target === index} onPick=${(/** @type {boolean} */ on) => setTarget(on ? index : null)} />`)}</ol>`}
  <//>`;
}
