/** What the host finds wrong with a document, in the words of who fills in a form: schemas and parsers speak to programs. */

import { isWithin, pointerOf, valueAt } from "./pointer.js";

/** @typedef {import("./pointer.js").Pointer} Pointer */

const NEEDED = "this is needed";
/** What kinds of values are called. @type {{[type: string]: string}} */
const KINDS = {
  integer: "a whole number", number: "a number", string: "a text", boolean: "true or false", array: "a list", object: "an object", null: "nothing",
};
/** What formats are called. @type {{[format: string]: string}} */
const FORMATS = {
  uri: "a whole address such as https://example.com/path", email: "an e-mail address", date: "a day such as 2026-01-02",
  "date-time": "a moment such as 2026-01-02T03:04:05Z", time: "a time such as 03:04:05Z", uuid: "a UUID",
};
/** Each wording of a schema or a parser, and what it says. @type {[RegExp, (found: string[]) => string][]} */
const PLAIN = [
  [/^this key is needed$|^it is shorter than 1 character$/, () => NEEDED],
  [/^it is not a "([\w-]+)"$/, ([format = ""]) => `write ${FORMATS[format] ?? format}`],
  [/^it is not of types? (.+)$/, ([types = ""]) => `it must be ${kindsOf(types)}`],
  [/^it has less than 1 item$/, () => "at least one is needed"],
  [/^it is not valid under any of the schemas listed in the '\w+' keyword$/, () => "it is none of the kinds that can stand here"],
  [/^(this is not a CEL expression): Syntax error: (.+?)(; write it like .+)$/s, ([what, why = "", example]) => `${what}: ${syntax(why)}${example}`],
];

/**
 * A message in plain words; one that is so already stays as it is.
 * @param {string} message
 * @returns {string}
 */
export function plain(message) {
  for (const [wording, say] of PLAIN) {
    const found = message.match(wording);
    if (found) return say(found.slice(1));
  }
  return message;
}

/**
 * Faults by place, in plain words. Of what is empty and needed, nothing else is said.
 * @param {{at: string, message: string}[]} faults
 * @param {{[key: string]: any}} doc
 * @returns {{[path: Pointer]: string}}
 */
export function byPointer(faults, doc) {
  /** @type {{[path: Pointer]: string[]}} */
  const found = {};
  for (const { at, message } of faults) (found[pointerOf(at, doc)] ??= []).push(plain(message));
  return Object.fromEntries(Object.entries(found).map(([path, said]) => {
    const isNeeded = valueAt(doc, path) === "" || said.includes(NEEDED);
    return [path, isNeeded ? NEEDED : [...new Set(said)].join("; ")];
  }));
}

/**
 * What is wrong at a place or below it. Entries of a list are counted from 1.
 * @param {{[path: Pointer]: string}} faults
 * @param {Pointer} path
 */
export function within(faults, path) {
  const found = Object.entries(faults).filter(([place]) => isWithin(place, path));
  return found.length === 0 ? undefined : found.map(([place, message]) => {
    const rest = place.slice(path.length + 1).replace(/^\d+/, (index) => `entry ${Number(index) + 1}`);
    return rest === "" ? message : `${rest.replaceAll("/", " › ")}: ${message}`;
  }).join("; ");
}

/**
 * @param {string} types as they are listed, in quotes
 * @returns {string}
 */
function kindsOf(types) {
  const names = [...types.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
  const shown = names.filter((name) => name !== "null").map((name) => KINDS[name] ?? name).join(" or ");
  return names.includes("null") ? `${shown}, or empty` : shown;
}

/**
 * Why a parser stopped, without the list of what it could have gone on with.
 * @param {string} why
 * @returns {string}
 */
function syntax(why) {
  if (/^(?:mismatched|extraneous) input '<EOF>'/.test(why)) return "something is missing at its end";
  const input = why.match(/(?:mismatched|extraneous) input '(.+?)' expecting/s)?.[1] ?? why.match(/no viable alternative at input '(.+)'/s)?.[1];
  if (input !== undefined) return `“${input}” does not belong here`;
  const token = why.match(/token recognition error at: '(.+)'/s)?.[1];
  return token === undefined ? why : `“${token}” means nothing in it`;
}
