/** The field of any schema, and objects, which are made of them. */

import { html, useEffect, useState } from "../../../core/html.js";
import { plural } from "../../../core/words.js";
import { Button } from "../../../views/button.js";
import { Select } from "../../../views/field.js";
import { below, isObject } from "../pointer.js";
import { FormContext, useForm } from "./context.js";
import { ArrayField, focusIn, Group, MapField } from "./many.js";
import { RawField } from "./raw.js";
import { blank, chosen, shapeOf, words } from "./shape.js";
import { BooleanField, NumberField, OptionsField, TextField } from "./text.js";

/** @typedef {import("./shape.js").Shape} Shape */
/** @typedef {import("./shape.js").Property} Property */
/** @typedef {import("./context.js").FieldProps} FieldProps */

/** The views of shapes that stand for themselves. */
const SIMPLE = { text: TextField, number: NumberField, boolean: BooleanField, options: OptionsField, any: RawField };
/** Single values: they come before lists and objects. */
const SCALAR = { text: true, number: true, boolean: true, options: true };
/** As many optional settings are shown at once; where there are more, those that are not set are folded away. */
const OPTIONAL_SHOWN_MAX = 3;

/**
 * The form of a plugin's settings, or of any other object with a schema.
 * @param {{path: string, schema: any, form: Omit<import("./context.js").Form, "root">}} props
 */
export function SchemaForm({ path, schema, form }) {
  const shape = shapeOf(schema, schema);
  const whole = { ...form, root: schema };
  return html`<${FormContext.Provider} value=${whole}>
    <div class="schema-form" data-path=${path}>
      ${form.faultAt(path) && html`<p class="field-error">${form.faultAt(path)}</p>`}
      ${shape.kind === "object" ? html`<${Properties} path=${path} shape=${shape} />`
        : noSettings(schema) ? html`<p class="faint small">This action has no settings.</p>`
        : html`<${SchemaField} path=${path} schema=${schema} label="Settings" required />`}
    </div>
  <//>`;
}

/** @param {FieldProps} props */
export function SchemaField({ path, schema, label, required, bare }) {
  const form = useForm();
  const shape = shapeOf(schema, form.root);
  const value = form.value(path);
  const props = { path, label: shape.title || label, required, bare, shape };
  const View = SIMPLE[/** @type {keyof typeof SIMPLE} */ (shape.kind)];
  // What can only be one thing, and is, needs no field.
  if (required && shape.kind === "options" && shape.options.length === 1 && shape.options[0]?.value === value) return null;
  if (View) return isShown(shape, value) ? html`<${View} ...${props} />` : html`<${RawField} ...${props} />`;
  if (shape.kind === "array") return value === undefined || Array.isArray(value) ? html`<${ArrayField} ...${props} inner=${SchemaField} />`
    : html`<${RawField} ...${props} />`;
  if (shape.kind === "map") return value === undefined || value === null || isObject(value) ? html`<${MapField} ...${props} inner=${SchemaField} />`
    : html`<${RawField} ...${props} />`;
  if (shape.kind === "choice") return html`<${ChoiceField} ...${props} />`;
  return html`<${ObjectField} ...${props} />`;
}

/** An object within another; one that is not needed is added first. @param {{path: string, label: string, required?: boolean, bare?: boolean, shape: Shape}} props */
function ObjectField({ path, label, required, bare, shape }) {
  const form = useForm();
  const value = form.value(path);
  if (value !== undefined && value !== null && !isObject(value)) return html`<${RawField} path=${path} label=${label} required=${required} shape=${shape} />`;
  const there = isObject(value) || required;
  const add = () => {
    form.begin(path);
    form.change(path, blank(shape.schema, form.root));
    focusIn(path);
  };
  const aside = !required && (there
    ? html`<${Button} small kind="quiet" icon="x" label=${`Remove ${label}`} disabled=${form.locked} onClick=${() => form.change(path, undefined)} />`
    : html`<${Button} small kind="quiet" icon="plus" label=${`Add ${label}`} disabled=${form.locked}
      onClick=${add} />`);
  return html`<${Group} path=${path} label=${label} bare=${bare} required=${required && !bare} shape=${shape} aside=${aside}>
    ${there && html`<div class="schema-inner schema-form"><${Properties} path=${path} shape=${shape} /></div>`}
  <//>`;
}

/** One of several schemas. @param {{path: string, label: string, required?: boolean, bare?: boolean, shape: Shape}} props */
function ChoiceField({ path, label, required, bare, shape }) {
  const form = useForm();
  const value = form.value(path);
  const index = chosen(value === null ? undefined : value, shape.choices, form.root);
  const options = [
    ...(required && index >= 0 ? [] : [{ value: "-1", label: required ? "Choose" : "Not set" }]),
    ...shape.choices.map((choice, at) => ({ value: String(at), label: choice.label })),
  ];
  const choose = (/** @type {string} */ next) => {
    const choice = shape.choices[Number(next)];
    if (choice) form.begin(path);
    form.change(path, choice ? moved(value, choice.schema, form.root) : undefined);
  };
  const choice = shape.choices[index];
  const select = html`<${Select} aria-label=${`Kind of ${label}`} options=${options} value=${String(index)} disabled=${form.locked} onChange=${choose} />`;
  const kind = choice && shapeOf(choice.schema, form.root).kind;
  if (kind === "text" || kind === "number" || kind === "boolean" || kind === "options") {
    return html`<${Group} path="" label=${label} bare=${bare} required=${required && !bare} shape=${shape}>
      <div class="choice-line">${select}<${SchemaField} path=${path} schema=${choice.schema} label=${label} required bare /></div>
    <//>`;
  }
  return html`<${Group} path=${path} label=${label} bare=${bare} required=${required && !bare} shape=${shape}>
    ${select}
    ${choice && html`<${SchemaField} key=${index} path=${path} schema=${choice.schema} label=${choice.label} required bare />`}
  <//>`;
}

/** The properties of an object, those that are needed first, and what it holds beside them. @param {{path: string, shape: Shape}} props */
function Properties({ path, shape }) {
  const form = useForm();
  const value = form.value(path);
  const optional = shape.properties.filter((one) => !one.required);
  const isSet = (/** @type {Property} */ { key }) => isObject(value) && value[key] !== undefined && value[key] !== null;
  // What is folded away stays there while it is filled in: nothing jumps.
  const [folded] = useState(() => new Set(optional.length > OPTIONAL_SHOWN_MAX ? optional.filter((one) => !isSet(one)).map(({ key }) => key) : []));
  const field = (/** @type {Property} */ { key, schema, required }) => html`<${SchemaField} key=${key} path=${below(path, key)} schema=${schema}
    label=${words(key)} required=${required} />`;
  const rank = (/** @type {Property} */ { schema, required }) => (required ? 0 : shapeOf(schema, form.root).kind in SCALAR ? 1 : 2);
  const ordered = shape.properties.toSorted((one, other) => rank(one) - rank(other));
  const [shown, rest] = [ordered.filter(({ key }) => !folded.has(key)), ordered.filter(({ key }) => folded.has(key))];
  const faulty = rest.some(({ key }) => form.faultWithin(below(path, key)));
  const [open, setOpen] = useState(faulty);
  useEffect(() => {
    // What is wrong is shown; it stays open when it is mended.
    if (faulty) setOpen(true);
  }, [faulty]);
  const known = new Set(shape.properties.map(({ key }) => key));
  const others = isObject(value) ? Object.keys(value).filter((key) => !known.has(key)) : [];
  return html`
    ${shown.map(field)}
    ${rest.length > 0 && html`<details class="schema-more" open=${open} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
      <summary>${plural(rest.length, "more setting")} <span class="faint small">
        ${rest.map(({ key, schema }) => shapeOf(schema, form.root).title || words(key)).join(", ")}</span></summary>
      <div class="schema-form">${rest.map(field)}</div>
    </details>`}
    ${others.map((key) => html`<div class="element element-large" key=${key}>
      <${SchemaField} path=${below(path, key)} schema=${shape.schema.additionalProperties || true} label=${key} required />
      <${Button} small kind="quiet" icon="x" label=${`Remove ${key}`} disabled=${form.locked} onClick=${() => form.change(below(path, key), undefined)} />
    </div>`)}`;
}

/**
 * Whether a simple view can show a value without losing it.
 * @param {Shape} shape
 * @param {any} value
 */
function isShown(shape, value) {
  return shape.kind === "any" || shape.kind === "options" || value === undefined || value === null || typeof value !== "object";
}

/** @param {any} schema */
function noSettings(schema) {
  return isObject(schema) && (schema.type === "object" || schema.properties) && Object.keys(schema.properties ?? {}).length === 0 && schema.additionalProperties === false;
}

/**
 * A value brought to another schema: what both know is kept.
 * @param {any} value
 * @param {import("./shape.js").Schema} schema
 * @param {import("./shape.js").Schema} root
 */
function moved(value, schema, root) {
  const next = blank(schema, root);
  if (isObject(next) && isObject(value)) {
    const shape = shapeOf(schema, root);
    const kept = shape.properties.filter((one) => Object.hasOwn(value, one.key) && shapeOf(one.schema, root).kind !== "options");
    return { ...next, ...Object.fromEntries(kept.map(({ key }) => [key, value[key]])) };
  }
  if (typeof next === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (typeof next === "number" && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  return next;
}
