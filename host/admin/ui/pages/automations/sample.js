/** A sample that somebody pastes: read with a clear fault, and the document that a new automation begins with. */

import { api } from "../../core/api.js";
import { read } from "../../core/verbatim.js";
import { isObject } from "../editor/pointer.js";

/** @typedef {import("api").Schemas["Suggestion"]} Suggestion */
/** @typedef {{field: string, from: string}} Identifier */

/**
 * Reads a text of JSON, which its value keeps.
 * @param {string} text
 * @returns {{value?: any, fault?: string}} neither for an empty text
 */
export function readSample(text) {
  if (text.trim() === "") return {};
  try {
    const value = read(text);
    return isObject(value) || Array.isArray(value) ? { value } : { fault: "A request’s body is an object or an array." };
  } catch (error) {
    return { fault: syntaxFault(text, /** @type {Error} */ (error).message) };
  }
}

/**
 * What the host proposes for a sample.
 * @param {any} sample
 * @param {AbortSignal} [signal]
 * @returns {Promise<Suggestion>}
 */
export function suggest(sample, signal) {
  return api.post("/mapping/suggest", { sample }, { signal });
}

/**
 * The document of a new automation: without steps, and with the mapping that was proposed.
 * @param {{name: string, inbox: string, sample: any, identifier: Identifier, suggestion: Suggestion | null}} begun
 */
export function firstDocument({ name, inbox, sample, identifier, suggestion }) {
  const webhook = { ...(sample === undefined ? {} : { sample }), identifier, map: suggestion?.map ?? [] };
  return { name, inbox, trigger: { webhook: suggestion?.each ? { ...webhook, each: suggestion.each } : webhook }, steps: [] };
}

/**
 * The places of texts and whole numbers in a sample, as JSONPath: what may tell who the contact is.
 * @param {any} sample
 * @param {number} [max]
 * @returns {{path: string, example: string}[]}
 */
export function places(sample, max = 200) {
  /** @type {{path: string, example: string}[]} */
  const found = [];
  const visit = (/** @type {any} */ value, /** @type {string} */ path) => {
    if (found.length >= max) return;
    if (typeof value === "string" || Number.isInteger(value)) found.push({ path, example: String(value) });
    else if (Array.isArray(value) && value.length > 0) visit(value[0], `${path}[0]`);
    else if (isObject(value)) Object.entries(value).forEach(([name, inner]) => visit(inner, path + member(name)));
  };
  visit(sample, "$");
  return found;
}

/**
 * A member as JSONPath says it.
 * @param {string} name
 */
function member(name) {
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${name.replace(/[\\']/g, "\\$&")}']`;
}

/**
 * Why a text is not JSON, with its line and column: engines say it in different words.
 * @param {string} text
 * @param {string} said
 */
export function syntaxFault(text, said) {
  const position = said.match(/position (\d+)/)?.[1];
  const reason = said.replace(/^JSON\.parse: /, "").replace(/ in JSON at position.*$| \(line.*$| at line.*$/s, "").replace(/, "[\s\S]*" is not valid JSON$/, "");
  const at = position === undefined ? (/end of JSON input|Unterminated/.test(said) ? text.length : null) : Number(position);
  if (at === null) return `This is not JSON: ${reason}.`;
  const before = text.slice(0, at).split("\n");
  return `This is not JSON: ${reason} at line ${before.length}, column ${/** @type {string} */ (before.at(-1)).length + 1}.`;
}
