/** Texts, names, numbers and secrets of a schema's form. */

import { classes, html, useState } from "../../../core/html.js";
import { useSession } from "../../../core/session.js";
import { api, ApiError } from "../../../core/api.js";
import { Button } from "../../../views/button.js";
import { Combobox } from "../../../views/combobox.js";
import { Field, Input, Select, Switch } from "../../../views/field.js";
import { failed, toast } from "../../../views/toast.js";
import { useKnown } from "../known.js";
import { useForm } from "./context.js";
import { TokenInput } from "./token-input.js";

/** @typedef {import("./shape.js").Shape} Shape */
/** @typedef {{path: string, label: string, required?: boolean, bare?: boolean, shape: Shape}} Props */

/** The formats that name a record of the workspace: what there is, who may make one, and where. */
const RECORDS = {
  list: { names: "lists", what: "list", one: "a list", path: "/lists", role: "editor", where: "Contacts" },
  inbox: { names: "inboxes", what: "inbox", one: "an inbox", path: "/inboxes", role: "admin", where: "Settings" },
  member: { names: "members", what: "member", one: "a member", path: "/members", role: "admin", where: "Settings" },
  secret: { names: "secrets", what: "plugin secret", one: "a plugin secret", path: null, role: "admin", where: "Settings" },
};
/** A text that may be longer than this gets several lines. */
const LINE_MAX = 600;

/** @param {Props} props */
export function TextField(props) {
  return props.shape.format in RECORDS ? html`<${NameField} ...${props} />` : html`<${PlainText} ...${props} />`;
}

/**
 * The frame of a field: label, description, fault beside it.
 * @param {Props & {children: (control: any) => any, aside?: any, fault?: string}} props `fault` comes before those of the host
 */
export function Framed({ path, label, required, bare, shape, children, aside, fault }) {
  const form = useForm();
  return html`<div class=${classes("schema-field", { "schema-half": isShort(shape, path) })} data-path=${path}>
    <${Field} label=${label} hideLabel=${bare} required=${required} hint=${bare ? undefined : hintOf(shape)} error=${fault ?? form.faultWithin(path)}
      aside=${aside}>
      ${children}
    <//>
  </div>`;
}

/** @param {Props} props */
function PlainText(props) {
  const { path, label, shape, required } = props;
  const form = useForm();
  const value = form.value(path);
  const lines = isLong(shape, path) ? 3 : 1;
  const write = (/** @type {string} */ text) => form.change(path, text === "" && !required && !props.bare ? undefined : text);
  return html`<${Framed} ...${props}>
    ${(/** @type {any} */ control) => html`<${TokenInput} ...${control} label=${label} lines=${lines} tokens=${form.tokens} value=${asText(value)}
      onInput=${write}
      disabled=${form.locked} placeholder=${placeholder(shape)} mono=${shape.format === "uri"} />`}
  <//>`;
}

/** A field that names a record: chosen from those there are, or a merge token. @param {Props} props */
function NameField(props) {
  const { path, shape, required } = props;
  const form = useForm();
  const known = useKnown();
  const { can } = useSession();
  const [busy, setBusy] = useState(false);
  const record = RECORDS[/** @type {keyof typeof RECORDS} */ (shape.format)];
  const readable = known[/** @type {"secrets"} */ (record.names)];
  const names = readable ?? [];
  const value = asText(form.value(path));
  const write = (/** @type {string} */ text) => form.change(path, text === "" && !required ? undefined : text);
  const missing = readable !== null && known.ready && value !== "" && !value.includes("{{") && !names.includes(value);
  const mayMake = record.path !== null && can(/** @type {"editor"} */ (record.role));
  const makes = missing && mayMake;
  const make = async () => {
    setBusy(true);
    try {
      await api.post(/** @type {string} */ (record.path), { name: value }).catch(unlessThere);
      await known.reload();
      form.change(path, value);
      toast(`The ${record.what} “${value}” is there`);
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  const options = names.map((name) => ({ value: name, label: name }));
  const first = mayMake ? `Name the first ${record.what}` : `There is no ${record.what} yet (${record.where})`;
  const some = known.ready && names.length === 0 ? first : `Choose ${record.one}`;
  const none = readable === null ? `The name of ${record.one}` : some;
  const aside = makes && html`<${Button} small kind="quiet" icon="plus" busy=${busy} onClick=${make}>Make this ${record.what}<//>`;
  return html`<${Framed} ...${props} aside=${aside}>
    ${(/** @type {any} */ control) => html`<${Combobox} ...${control} free options=${options} value=${value} onChange=${write} placeholder=${none}
      disabled=${form.locked} loading=${!known.ready} />`}
  <//>`;
}

/** Somebody else made it meanwhile: it is there, as was wanted. @param {unknown} error */
function unlessThere(error) {
  if (!(error instanceof ApiError) || error.status !== 409) throw error;
}

/** @param {Props} props */
export function NumberField(props) {
  const { path, shape } = props;
  const form = useForm();
  const value = form.value(path);
  const write = (/** @type {string} */ text) => form.change(path, text.trim() === "" ? undefined : asNumber(text));
  const { minimum, maximum } = shape.schema;
  const to = maximum === undefined ? "" : `to ${maximum}`;
  const range = minimum === undefined ? to : to ? `${minimum} ${to}` : `from ${minimum}`;
  return html`<${Framed} ...${props}>
    ${(/** @type {any} */ control) => html`<div class="schema-number"><${Input} ...${control} inputmode="decimal" value=${asText(value)}
      onInput=${write} disabled=${form.locked} placeholder=${placeholder(shape)} />
      ${range && html`<span class="faint small nowrap">${range}</span>`}</div>`}
  <//>`;
}

/** @param {Props} props */
export function BooleanField(props) {
  const { path, label, shape, bare } = props;
  const form = useForm();
  const value = form.value(path);
  if (typeof value === "string") return html`<${PlainText} ...${props} />`;
  const checked = value ?? shape.standard ?? false;
  const fault = form.faultWithin(path);
  return html`<div class="schema-field" data-path=${path}>
    <${Switch} label=${bare ? html`<span class="sr-only">${label}: </span>${checked === true ? "true" : "false"}` : label}
      hint=${bare ? undefined : hintOf(shape)} checked=${checked === true} onChange=${(/** @type {boolean} */ next) => form.change(path, next)}
        disabled=${form.locked} />
    ${fault && html`<p class="field-error">${fault}</p>`}
  </div>`;
}

/** One of some values. @param {Props} props */
export function OptionsField(props) {
  const { path, shape, required, bare } = props;
  const form = useForm();
  const value = form.value(path);
  const said = JSON.stringify(value);
  const known = shape.options.some((option) => JSON.stringify(option.value) === said);
  const standard = shape.standard === undefined || shape.standard === null ? "Not set" : `${asText(shape.standard)} (unless set)`;
  const options = [
    ...(required || bare ? [] : [{ value: "", label: standard }]),
    ...shape.options.map((option) => ({ value: JSON.stringify(option.value), label: option.label })),
    ...(value === undefined || known ? [] : [{ value: said, label: `${asText(value)} (unknown)` }]),
  ];
  const hint = shape.options.find((option) => JSON.stringify(option.value) === said)?.hint;
  return html`<${Framed} ...${props} shape=${hint ? { ...shape, description: [shape.description, hint].filter(Boolean).join(" ") } : shape}>
    ${(/** @type {any} */ control) => html`<${Select} ...${control} options=${options} value=${value === undefined ? "" : said}
      disabled=${form.locked} placeholder=${required ? "Choose" : undefined}
      onChange=${(/** @type {string} */ next) => form.change(path, next === "" ? undefined : JSON.parse(next))} />`}
  <//>`;
}

/** @param {Shape} shape */
export function hintOf(shape) {
  return shape.description || undefined;
}

/** @param {any} value */
export function asText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * A number where the text is one; else the text, which may be a merge token, and is a fault otherwise.
 * @param {string} text
 */
function asNumber(text) {
  const number = Number(text);
  return /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim()) && Number.isFinite(number) && !text.trim().endsWith(".") ? number : text;
}

/** @param {Shape} shape */
function placeholder(shape) {
  const { standard, schema, format } = shape;
  if (standard !== undefined && standard !== null && standard !== "") return asText(standard);
  const example = Array.isArray(schema.examples) ? schema.examples[0] : undefined;
  if (example !== undefined) return asText(example);
  return { uri: "https://", "date-time": "2026-01-02T03:04:05Z", date: "2026-01-02", email: "name@example.com" }[/** @type {"uri"} */ (format)];
}

/**
 * Whether a field stands beside another where there is room.
 * @param {Shape} shape
 * @param {string} path
 */
function isShort(shape, path) {
  return shape.kind !== "any" && !(shape.kind === "text" && (shape.format === "uri" || isLong(shape, path)));
}

/**
 * Whether a text has room for several lines.
 * @param {Shape} shape
 * @param {string} path
 */
function isLong(shape, path) {
  if (["uri", "date-time", "date", "email", "time", "uuid"].includes(shape.format)) return false;
  return (shape.schema.maxLength ?? 0) > LINE_MAX || /(?:^|[/_-])(?:body|text|message|note)$/i.test(path);
}
