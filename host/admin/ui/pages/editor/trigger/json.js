/** JSON as somebody types it: its value, or where it is no JSON. */

/** @typedef {{ line: number, column: number, message: string }} Fault */

/**
 * Reads a text. `large` is a whole number in it that a browser does not keep exactly. No text at all is no value.
 * @param {string} text
 * @returns {{ value: any, fault: Fault | null, large: string | null }}
 */
export function parsed(text) {
  if (text.trim() === "") return { value: undefined, fault: null, large: null };
  try {
    return { value: JSON.parse(text), fault: null, large: largeIn(text) };
  } catch (/** @type {any} */ error) {
    return { value: undefined, fault: placed(text, String(error.message)), large: null };
  }
}

/**
 * A value as it is shown for editing.
 * @param {any} value
 * @returns {string}
 */
export function written(value) {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
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

/** @param {string} text */
function largeIn(text) {
  const withoutTexts = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "\"\"");
  const numbers = withoutTexts.match(/-?\d{16,}(?![\d.eE])/g) ?? [];
  return numbers.find((number) => !Number.isSafeInteger(Number(number))) ?? null;
}
