/** The transforms of a mapping: what they are called, what they take, and how they are written in a document. */

/**
 * A parameter of a transform.
 * @typedef {{ name: string, hint?: string, optional?: boolean }} Parameter
 */

/** @typedef {{ name: string, title: string, does: string, parameters: Parameter[] }} Transform */

/** All of them, in the order that they are offered. @type {Transform[]} */
export const TRANSFORMS = [
  { name: "trim", title: "Trim", does: "removes blanks around", parameters: [] },
  { name: "title", title: "Title case", does: "Capital first letters", parameters: [] },
  { name: "lower", title: "Lower case", does: "all lower case", parameters: [] },
  { name: "upper", title: "Upper case", does: "ALL UPPER CASE", parameters: [] },
  { name: "default", title: "Default", does: "stands in for a missing or empty value", parameters: [{ name: "value" }] },
  { name: "replace", title: "Replace", does: "every occurrence", parameters: [{ name: "text" }, { name: "by" }] },
  { name: "number", title: "Number", does: "a text made a number", parameters: [] },
  { name: "boolean", title: "Yes or no", does: "yes, true, on, 1 / no, false, off, 0", parameters: [] },
  { name: "e164", title: "Phone number", does: "in the form +12155556677",
    parameters: [{ name: "country", hint: "DE; the workspace's when empty", optional: true }] },
  { name: "date", title: "Date", does: "a date read and written", parameters: [
    { name: "format", hint: "%d.%m.%Y; RFC 3339 when empty", optional: true },
    { name: "zone", hint: "Europe/Berlin", optional: true },
    { name: "read as", hint: "%d/%m/%Y, if it is no usual form", optional: true },
  ] },
  { name: "split", title: "Split", does: "a text made a list", parameters: [{ name: "at" }] },
  { name: "join", title: "Join", does: "a list made a text", parameters: [{ name: "with" }] },
  { name: "first", title: "First", does: "the first element or letter", parameters: [] },
  { name: "last", title: "Last", does: "the last element or letter", parameters: [] },
];

/**
 * A transform as a document has it: its name and what it is given.
 * @param {any} written a name, or an object with one key
 * @returns {{ name: string, given: any[] }}
 */
export function read(written) {
  if (typeof written === "string") return { name: written, given: [] };
  if (written === null || typeof written !== "object") return { name: String(written), given: [] };
  const [name, given] = Object.entries(written)[0] ?? ["", []];
  return { name, given: Array.isArray(given) ? given : [given] };
}

/**
 * A transform as a document writes it; what is empty at the end is left out.
 * @param {string} name
 * @param {any[]} given
 * @returns {any}
 */
export function written(name, given) {
  const transform = TRANSFORMS.find((known) => known.name === name);
  const kept = [...given];
  while (kept.length > 0 && (kept.at(-1) ?? "") === "" && transform?.parameters[kept.length - 1]?.optional) kept.pop();
  if (kept.length === 0) return name;
  return { [name]: kept.length === 1 ? kept[0] : kept };
}

/**
 * A transform as a chip says it: `replace "-" → ""`.
 * @param {any} transform
 * @returns {string}
 */
export function told(transform) {
  const { name, given } = read(transform);
  return given.length === 0 ? name : `${name} ${given.map((value) => JSON.stringify(value)).join(", ")}`;
}
