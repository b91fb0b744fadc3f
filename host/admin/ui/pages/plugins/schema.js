/** The settings of a version as its JSON Schema says them: one row each, and the schema itself. */
import { html, useState } from "../../core/html.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Code } from "../../views/code.js";
import { Empty } from "../../views/empty.js";
import { Table } from "../../views/table.js";

/** @typedef {{name: string, schema: any, required: boolean}} Setting */

/** @param {{settings: any}} props */
export function SchemaTab({ settings }) {
  const [raw, setRaw] = useState(false);
  const rows = settingsOf(settings);
  const actions = html`<${Button} kind="quiet" small icon="braces" onClick=${() => setRaw(!raw)}>${raw ? "As a table" : "As JSON Schema"}<//>`;
  const empty = html`<${Empty} icon="settings" title="It has no settings" text="A step with it needs nothing to be filled in." />`;
  return html`<${Card} title="What a step with it sets" actions=${actions} flush=${!raw}>
    ${raw
      ? html`<${Code} text=${JSON.stringify(settings, null, 2)} language="json" numbers />`
      : html`<${Table} label="Settings" columns=${COLUMNS} rows=${rows} rowKey=${(/** @type {Setting} */ one) => one.name} empty=${empty} />`}
  <//>`;
}

/**
 * @param {any} schema
 * @returns {Setting[]}
 */
function settingsOf(schema) {
  const required = new Set(Array.isArray(schema?.required) ? schema.required : []);
  const properties = schema?.properties ?? {};
  return Object.keys(properties).map((name) => ({ name, schema: properties[name], required: required.has(name) }));
}

const COLUMNS = [
  {
    key: "name",
    title: "Setting",
    width: "34%",
    wrap: true,
    cell: (/** @type {Setting} */ { name, schema }) =>
      html`<div class="setting-name">${schema?.title && html`<span>${schema.title}</span>`}<code>${name}</code></div>`,
  },
  { key: "kind", title: "Takes", wrap: true, cell: (/** @type {Setting} */ one) => kind(one) },
  {
    key: "text",
    title: "What it means",
    hide: "narrow",
    wrap: true,
    width: "38%",
    cell: (/** @type {Setting} */ { schema }) => schema?.description ?? html`<span class="faint">–</span>`,
  },
];

/** What formats of a text mean that the host knows. @type {Record<string, string>} */
const FORMATS = { list: "name of a list", inbox: "name of an inbox", member: "name of a member", secret: "name of a secret" };

/** @param {Setting} setting */
function kind({ schema, required }) {
  const text = typeText(schema);
  return html`<span>${text}</span><span class="faint">${required ? ", needed" : absent(schema?.default)}</span>`;
}

/** The longest default that stands in a row, in characters. */
const DEFAULT_CHARS_MAX = 40;

/** What it is when it is absent. @param {unknown} value */
function absent(value) {
  const text = value === undefined || value === null ? "" : JSON.stringify(value);
  return text === "" || text.length > DEFAULT_CHARS_MAX ? ", may be absent" : `, ${text} when absent`;
}

/** @param {any} schema */
function typeText(schema) {
  if (Array.isArray(schema?.enum)) return `one of ${schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(", ")}`;
  const types = (Array.isArray(schema?.type) ? schema.type : [schema?.type]).filter((/** @type {unknown} */ one) => one && one !== "null");
  const text = FORMATS[schema?.format] ?? (types.join(" or ") || "anything that suits its schema");
  const { minimum, maximum } = schema ?? {};
  if (minimum !== undefined && maximum !== undefined) return `${text}, ${minimum} to ${maximum}`;
  return text;
}
