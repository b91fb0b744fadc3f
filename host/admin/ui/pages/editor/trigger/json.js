/** JSON as somebody types it: its value, or where it is no JSON. */
import { indented, read, textOf } from "../../../core/verbatim.js";

/** @typedef {{ line: number, column: number, message: string }} Fault */

/**
 * Reads a text, which its value keeps. No text at all is no value.
 * @param {string} text
 * @returns {{ value: any, fault: Fault | null }}
 */
export function parsed(text) {
  if (text.trim() === "") return { value: undefined, fault: null };
  try {
    return { value: read(text), fault: null };
  } catch (/** @type {any} */ error) {
    return { value: undefined, fault: placed(text, String(error.message)) };
  }
}

/**
 * A value as it is shown for editing: as it was written, if that has lines.
 * @param {any} value
 * @returns {string}
 */
export function written(value) {
  if (value === undefined) return "";
  const text = textOf(value);
  return text.includes("\n") ? text : indented(text);
}

/**
 * @param {string} text
 * @param {string} message as the browser says it, with a position in it
 * @returns {Fault}
 */
function placed(text, message) {
  const position = message.match(/position (\d+)/);
  const at = position ? Math.min(Number(position[1]), text.length) : text.length;
  const before = text.slice(0, at).split("\n");
  const said = message.replace(/ in JSON at position.*| \(line.*| at position.*/, "").replace(/^JSON\.parse: /, "");
  const cut = text.slice(at).trim() === "";
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: cut ? "The JSON ends too soon" : said };
}
