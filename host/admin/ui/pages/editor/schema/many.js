/** Lists and maps of a schema's form: elements that are added, taken away and moved. */

import { focusField } from "../../../core/focus.js";
import { html, useEffect, useState } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Combobox } from "../../../views/combobox.js";
import { Input } from "../../../views/field.js";
import { useKnown } from "../known.js";
import { below, isObject, isSame } from "../pointer.js";
import { useForm } from "./context.js";
import { blank, shapeOf, words } from "./shape.js";
import { hintOf } from "./text.js";

/** @typedef {import("./shape.js").Shape} Shape */
/** @typedef {{path: string, label: string, required?: boolean, bare?: boolean, shape: Shape, inner: any}} Props `inner` is the view of
 *   an element: the field of any schema */

/** The maps whose names are contact fields. */
const FIELD_MAPS = /(?:^|\/)(?:contact_)?fields$/;
/** Those that contacts have without anybody declaring them. */
const USUAL = ["first_name", "last_name"];

/** @param {Props} props */
export function ArrayField({ path, label, required, bare, shape, inner: Inner }) {
  const form = useForm();
  const value = form.value(path);
  const shown = Array.isArray(value) ? value : Array.isArray(shape.standard) ? shape.standard : [];
  const isStandard = value === undefined && shown.length > 0;
  const element = shapeOf(shape.inner, form.root);
  const isLarge = element.kind === "object" || element.kind === "any" || element.kind === "choice";
  const put = (/** @type {any[]} */ items) => form.change(path, items.length === 0 && !required && !shape.standard?.length ? undefined : items);
  const add = () => {
    const place = below(path, shown.length);
    form.begin(place);
    put([...shown, blank(shape.inner, form.root)]);
    focusIn(place);
  };
  const remove = (/** @type {number} */ index) => {
    put(shown.filter((_, other) => other !== index));
    focusAdd(path);
  };
  const full = shape.schema.maxItems !== undefined && shown.length >= shape.schema.maxItems;
  const aside = isStandard
    ? html`<span class="faint small">unless set</span><${Button} small kind="quiet" icon="pencil" label=${`Change ${label}`} disabled=${form.locked}
      onClick=${() => form.change(path, structuredClone(shown))} />`
    : html`<${Button} small kind="quiet" icon="plus" label=${`Add to ${label}`} disabled=${form.locked || full}
      title=${full ? `At most ${shape.schema.maxItems}` : undefined} onClick=${add} />`;
  return html`<${Group} path=${path} label=${label} bare=${bare} shape=${shape} required=${required} aside=${aside}>
    ${isStandard
      ? html`<div class="row">${shown.map((item) => html`<code class="standard-value">${typeof item === "string" ? item : JSON.stringify(item)}</code>`)}</div>`
      : shown.map((_, index) => html`<div class=${isLarge ? "element element-large" : "element"} key=${index}>
          <${Inner} path=${below(path, index)} schema=${shape.inner} label=${`${element.title || label} ${index + 1}`} required bare=${!isLarge} />
          <${Button} small kind="quiet" icon="x" label=${`Remove ${label} ${index + 1}`} disabled=${form.locked}
            onClick=${() => remove(index)} />
        </div>`)}
  <//>`;
}

/** Values by names that are chosen here. @param {Props} props */
export function MapField({ path, label, required, bare, shape, inner: Inner }) {
  const form = useForm();
  const known = useKnown();
  const value = form.value(path);
  const [names, setNames] = useState(() => namesOf(value));
  useEffect(() => {
    // Changed elsewhere: rows with names that are being typed stay otherwise.
    if (!isSame([...new Set(names.filter(Boolean))].sort(), namesOf(value).sort())) setNames(namesOf(value));
  }, [value]);
  const put = (/** @type {string[]} */ next, /** @type {{[name: string]: any}} */ values) => {
    setNames(next);
    const kept = Object.fromEntries(next.filter(Boolean).map((name) => [name, values[name]]));
    form.change(path, Object.keys(kept).length === 0 && !required ? undefined : kept);
  };
  const current = isObject(value) ? value : {};
  const rename = (/** @type {number} */ index, /** @type {string} */ name) => {
    const before = /** @type {string} */ (names[index]);
    const isKnown = Object.hasOwn(current, before);
    const moved = isKnown ? current[before] : blank(shape.inner, form.root);
    const taken = name !== "" && names.some((one, other) => other !== index && one === name);
    if (taken) return;
    if (!isKnown) form.begin(below(path, name));
    put(names.map((one, other) => (other === index ? name : one)), { ...current, ...(name ? { [name]: moved } : {}) });
  };
  const remove = (/** @type {number} */ index) => {
    put(names.filter((_, other) => other !== index), current);
    focusAdd(path);
  };
  const add = () => {
    setNames([...names, ""]);
    requestAnimationFrame(() => focusField(boxOf(path)?.querySelector(":scope > .element:last-of-type")));
  };
  const aside = html`<${Button} small kind="quiet" icon="plus" label=${`Add to ${label}`} disabled=${form.locked || names.includes("")}
    onClick=${add} />`;
  // Those that are chosen already are no choice for another row.
  const choices = known.ready ? [...new Set([...known.fields.map(({ name }) => name), ...USUAL])].filter((name) => !names.includes(name)) : [];
  const options = choices.map((name) => ({ value: name, label: name, hint: known.fields.find((field) => field.name === name)?.kind }));
  const nameOf = (/** @type {number} */ index) => {
    const control = { value: names[index], mono: true, disabled: form.locked };
    if (!FIELD_MAPS.test(path)) return html`<${Input} ...${control} placeholder="name" aria-label=${`Name ${index + 1} of ${label}`}
      onInput=${(/** @type {string} */ text) => rename(index, text)} />`;
    const chose = (/** @type {string} */ name) => {
      rename(index, name);
      if (name !== "") focusValue(below(path, name));
    };
    return html`<${Combobox} ...${control} free options=${options} placeholder="a contact field" label=${`Name ${index + 1} of ${label}`}
      loading=${!known.ready} onChange=${chose} />`;
  };
  return html`<${Group} path=${path} label=${label} bare=${bare} shape=${shape} required=${required} aside=${aside}>
    ${names.map((name, index) => html`<div class="element element-named" key=${index}>
      ${nameOf(index)}
      ${name !== "" ? html`<${Inner} path=${below(path, name)} schema=${shape.inner} label=${`${words(name)} of ${label}`} required bare />`
        : html`<span class="faint small">name it first</span>`}
      <${Button} small kind="quiet" icon="x" label=${`Remove ${name || "this row"} of ${label}`} disabled=${form.locked} onClick=${() => remove(index)} />
    </div>`)}
  <//>`;
}

/**
 * A part of a form with a heading.
 * @param {{path: string, label: string, bare?: boolean, required?: boolean, shape: Shape, aside?: any, children: any}} props
 */
export function Group({ path, label, bare, required, shape, aside, children }) {
  const form = useForm();
  const fault = form.faultAt(path);
  return html`<fieldset class="schema-group" data-path=${path}>
    ${bare ? aside && html`<div class="schema-legend"><span class="schema-aside">${aside}</span></div>`
      : html`<legend class="sr-only">${label}</legend>
        <div class="schema-legend">
          <span aria-hidden="true">${label}${required && html`<span class="field-required"> *</span>`}</span>
          <span class="schema-aside">${aside}</span>
        </div>`}
    ${!bare && hintOf(shape) && html`<p class="schema-hint">${hintOf(shape)}</p>`}
    ${children}
    ${fault && html`<p class="field-error">${fault}</p>`}
  </fieldset>`;
}

/** @param {any} value */
function namesOf(value) {
  return isObject(value) ? Object.keys(value) : [];
}

/** The frame of a place in the form. @param {string} path */
function boxOf(path) {
  return document.querySelector(`.flow-form [data-path="${CSS.escape(path)}"]`);
}

/** Goes on in what was added at a place, once it is drawn. @param {string} path */
export function focusIn(path) {
  requestAnimationFrame(() => focusField(boxOf(path)));
}

/** Goes on in the value of a row that was named, unless somebody went elsewhere. @param {string} path */
function focusValue(path) {
  requestAnimationFrame(() => {
    const box = boxOf(path);
    if (document.activeElement === document.body || box?.closest(".element")?.contains(document.activeElement)) focusField(box);
  });
}

/** Goes back to where elements are added, when one was taken away. @param {string} path */
function focusAdd(path) {
  requestAnimationFrame(() => /** @type {HTMLElement | null | undefined} */ (boxOf(path)?.querySelector(":scope > .schema-legend button"))?.focus());
}
