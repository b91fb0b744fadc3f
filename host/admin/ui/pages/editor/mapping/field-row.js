/** One field of a mapping: what it is called, what fills it, what is done to the value, and what comes of the sample. */
import { classes, html, useState } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Combobox } from "../../../views/combobox.js";
import { Check, Field, Input, Select } from "../../../views/field.js";
import { Menu } from "../../../views/menu.js";
import { useKnown } from "../known.js";
import { isObject } from "../pointer.js";
import { Shown } from "./preview.js";
import { Transforms } from "./transforms-view.js";

/** @typedef {import("../state.js").Draft} Draft */

/** The ways to fill a field. */
const SOURCES = [
  { value: "from", label: "Payload" },
  { value: "value", label: "Constant" },
  { value: "template", label: "Template" },
];

const POLICIES = [
  { value: "overwrite", label: "Overwrite" },
  { value: "fill-empty", label: "Fill if empty" },
  { value: "append", label: "Add to what is there" },
];

/** The fields that every contact has, beside those that the workspace declared. */
const USUAL = ["first_name", "last_name", "phone", "email", "external_id"];

/**
 * @typedef {object} Props
 * @property {Draft} draft
 * @property {any} entry
 * @property {number} index
 * @property {number} count
 * @property {import("./preview.js").ShownValue | undefined} shown
 * @property {boolean} waiting
 * @property {boolean} picking whether the next value that is picked in the sample fills it
 * @property {(on: boolean) => void} onPick
 */

/** @param {Props} props */
export function FieldRow({ draft, entry, index, count, shown, waiting, picking, onPick }) {
  const place = `/trigger/webhook/map/${index}`;
  const [open, setOpen] = useState(false);
  const set = (/** @type {any} */ next) => draft.change(place, next);
  const { fields } = useKnown();
  const names = [...new Set([...fields.map(({ name }) => name), ...USUAL])];
  const options = names.map((name) => ({ value: name, label: name, hint: fields.find((field) => field.name === name)?.kind }));
  const fault = draft.faultAt(`${place}/field`) ?? draft.faultAt(place);
  return html`<li class=${classes("map-row", { "is-picking": picking })} data-path=${place}>
    <div class="map-main">
      <${Field} label="Field" hideLabel=${index > 0} error=${fault}>${(/** @type {any} */ field) => html`
        <${Combobox} ...${field} options=${options} value=${entry?.field ?? ""} free placeholder="first_name" disabled=${draft.locked}
          onChange=${(/** @type {string} */ name) => set({ ...entry, field: name })} />`}<//>
      <${Filler} draft=${draft} place=${place} entry=${entry} set=${set} first=${index === 0} picking=${picking} onPick=${onPick} />
      <div class="map-shown"><${Shown} shown=${shown} waiting=${waiting} />${shown?.type && html`<span class="faint small">${shown.type}</span>`}</div>
      <div class="map-acts">
        <${Button} kind="quiet" small icon=${open ? "chevron-up" : "sliders-horizontal"} label=${open ? "Fewer settings" : "Transforms and more"} aria-expanded=${open} onClick=${() => setOpen(!open)} />
        ${!draft.locked && html`<${Menu} label="Actions" items=${actions(draft, index, count)} />`}
      </div>
    </div>
    ${(open || (entry?.transforms?.length ?? 0) > 0) && html`<${Transforms} draft=${draft} place=${place} entry=${entry} set=${set} open=${open} />`}
    ${open && html`<${More} draft=${draft} place=${place} entry=${entry} set=${set} />`}
  </li>`;
}

/**
 * @param {Draft} draft
 * @param {number} index
 * @param {number} count
 */
function actions(draft, index, count) {
  const move = (/** @type {number} */ by) => () => {
    const map = [...draft.doc.trigger.webhook.map];
    map.splice(index + by, 0, ...map.splice(index, 1));
    draft.change("/trigger/webhook/map", map);
  };
  return [
    { label: "Move up", icon: "arrow-up", disabled: index === 0, onClick: move(-1) },
    { label: "Move down", icon: "arrow-down", disabled: index === count - 1, onClick: move(1) },
    "-",
    { label: "Remove", icon: "trash-2", danger: true, onClick: () => draft.change(`/trigger/webhook/map/${index}`, undefined) },
  ];
}

/** @param {any} entry */
function sourceOf(entry) {
  return SOURCES.find(({ value }) => isObject(entry) && value in entry)?.value ?? "from";
}

/** @param {{ draft: Draft, place: string, entry: any, set: (entry: any) => void, first: boolean, picking: boolean, onPick: (on: boolean) => void }} props */
function Filler({ draft, place, entry, set, first, picking, onPick }) {
  const source = sourceOf(entry);
  const value = entry?.[source];
  const turn = (/** @type {string} */ next) => {
    const { from: _from, value: _value, template: _template, ...rest } = entry ?? {};
    set({ ...rest, [next]: next === "from" ? "$." : "" });
  };
  const fault = draft.faultWithin(`${place}/${source}`);
  return html`<div class="map-filler">
    <${Field} label="Filled" hideLabel=${!first}>${(/** @type {any} */ field) => html`
      <${Select} ...${field} options=${SOURCES} value=${source} onChange=${turn} disabled=${draft.locked} />`}<//>
    <${Field} label=${source === "from" ? "Path" : source === "value" ? "Value" : "Template"} hideLabel=${!first} error=${fault}>${(/** @type {any} */ field) => html`
      <div class="with-button">
        <${Input} ...${field} mono=${source !== "value"} value=${typeof value === "string" ? value : JSON.stringify(value ?? "")} disabled=${draft.locked}
          placeholder=${source === "template" ? "{{payload.first_name}} {{payload.last_name}}" : ""}
          onInput=${(/** @type {string} */ text) => set({ ...entry, [source]: source === "value" ? constant(text) : text })} />
        ${source === "from" && html`<${Button} icon="crosshair" label="Pick it in the sample" aria-pressed=${picking} disabled=${draft.locked} onClick=${() => onPick(!picking)} />`}
      </div>`}<//>
  </div>`;
}

/**
 * A constant as it was typed: numbers, true and false are what they look like, unless they stand in quotes.
 * @param {string} text
 */
function constant(text) {
  if (/^(true|false|-?(0|[1-9]\d{0,14})(\.\d+)?|"[^"]*")$/.test(text)) return JSON.parse(text);
  return text;
}

/** @param {{ draft: Draft, place: string, entry: any, set: (entry: any) => void }} props */
function More({ draft, place, entry, set }) {
  const write = (/** @type {string} */ policy) => {
    const { write: _write, ...rest } = entry;
    set(policy === "overwrite" ? rest : { ...rest, write: policy });
  };
  const require = (/** @type {boolean} */ on) => {
    const { required: _required, ...rest } = entry;
    set(on ? { ...rest, required: true } : rest);
  };
  return html`<div class="map-more">
    <${Field} label="When the contact has a value already" error=${draft.faultAt(`${place}/write`)}>${(/** @type {any} */ field) => html`
      <${Select} ...${field} options=${POLICIES} value=${entry?.write ?? "overwrite"} disabled=${draft.locked} onChange=${write} />`}<//>
    <${Check} label="Required" hint="A request without it fails its run, which can be repeated." checked=${entry?.required === true} disabled=${draft.locked} onChange=${require} />
  </div>`;
}
