/** Field values as people type them, and back: by the kind that a field is declared to have. */

/** @typedef {{id?: string, name: string, kind: "text"|"number"|"date"|"boolean"|"choice", options: string[], many: boolean, declared: boolean}} FieldSort */

/** The three that say who a contact is; they stand beside the fields. @type {FieldSort[]} */
export const IDENTIFIERS = [
  { name: "phone", kind: "text", options: [], many: false, declared: true },
  { name: "email", kind: "text", options: [], many: false, declared: true },
  { name: "external_id", kind: "text", options: [], many: false, declared: true },
];

/** What a value that is not declared holds. @param {unknown} value @returns {FieldSort["kind"]} */
function kindOf(value) {
  if (typeof value === "boolean") return "boolean";
  return typeof value === "number" ? "number" : "text";
}

/**
 * The fields to show: those that are declared, and then what else the contact has.
 * @param {any[]} declared What `/fields` answers.
 * @param {Record<string, unknown>} values
 * @returns {FieldSort[]}
 */
export function sortsOf(declared, values) {
  const known = new Set(declared.map(({ name }) => name));
  const others = Object.keys(values).filter((name) => !known.has(name)).sort();
  return [
    ...declared.map((field) => ({ ...field, declared: true })),
    ...others.map((name) => ({ name, kind: kindOf(values[name]), options: [], many: Array.isArray(values[name]), declared: false })),
  ];
}

/** A value as it is typed. @param {unknown} value @returns {string} */
export function toText(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(toText).join("\n");
  return String(value);
}

/** One typed value. The host decides whether it suits; what is no number stays a text, so that it can say so.
 * @param {FieldSort} sort @param {string} text @returns {unknown} */
function one(sort, text) {
  if (sort.kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (sort.kind === "number" && text !== "" && Number.isFinite(Number(text))) {
    const number = Number(text);
    // A number that JavaScript would round is left to the host as a text.
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
  }
  return text;
}

/** What was typed as the API takes it; null empties the field.
 * @param {FieldSort} sort @param {string} text @returns {unknown} */
export function fromText(sort, text) {
  if (sort.many) {
    const values = text.split("\n").map((line) => line.trim()).filter(Boolean);
    return values.length > 0 ? values.map((value) => one(sort, value)) : null;
  }
  const trimmed = sort.kind === "text" ? text : text.trim();
  return trimmed.trim() === "" ? null : one(sort, trimmed);
}

/**
 * The change that a draft asks for; nothing of it that is as it was.
 * @param {import("./names.js").Contact} contact
 * @param {FieldSort[]} sorts
 * @param {Record<string, string>} draft By name: identifiers as `phone`, fields as `fields.name`.
 * @returns {Record<string, any>|null}
 */
export function changeOf(contact, sorts, draft) {
  /** @type {Record<string, any>} */
  const change = {};
  /** @type {Record<string, unknown>} */
  const fields = {};
  for (const { name } of IDENTIFIERS) {
    const key = /** @type {"phone"|"email"|"external_id"} */ (name);
    if (name in draft && draft[name].trim() !== toText(contact[key])) change[name] = draft[name].trim() || null;
  }
  for (const sort of sorts) {
    const typed = draft[`fields.${sort.name}`];
    if (typed !== undefined && typed !== toText(contact.fields[sort.name])) fields[sort.name] = fromText(sort, typed);
  }
  if (Object.keys(fields).length > 0) change.fields = fields;
  return Object.keys(change).length > 0 ? change : null;
}
