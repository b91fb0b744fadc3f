/** JSONPath of one place (RFC 9535): read, and followed into a sample. */
import { pathOf } from "../../../views/json-tree.js";

/** @typedef {(string | number)[]} Keys */

/**
 * The keys of a path that names one place; null for one that searches, or that cannot be read here.
 * @param {string} path
 * @returns {Keys | null}
 */
export function keysOf(path) {
  if (typeof path !== "string" || !path.startsWith("$")) return null;
  const keys = [];
  let rest = path.slice(1);
  while (rest !== "") {
    const found = rest.match(/^\.([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|^\[(\d+)\]|^\['((?:[^'\\]|\\.)*)'\]|^\["((?:[^"\\]|\\.)*)"\]/);
    if (!found) return null;
    const [whole, name, index, single, double] = found;
    if (name !== undefined) keys.push(name);
    else if (index !== undefined) keys.push(Number(index));
    else keys.push(unescaped(single ?? double));
    rest = rest.slice(whole.length);
  }
  return keys;
}

/** @param {string} text */
function unescaped(text) {
  try {
    return JSON.parse(`"${text.replaceAll("\\'", "'").replaceAll(/(?<!\\)"/g, "\\\"")}"`);
  } catch {
    return text;
  }
}

/**
 * What a sample has at a path of one place; undefined when there is nothing, or the path searches.
 * @param {any} sample
 * @param {string} path
 * @returns {any}
 */
export function valueOf(sample, path) {
  const keys = keysOf(path);
  if (keys === null) return undefined;
  let found = sample;
  for (const key of keys) {
    if (found === null || typeof found !== "object" || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/**
 * The payload of the first run: with `each` the first element stands in the place of its array.
 * @param {any} sample
 * @param {string | undefined} each
 * @returns {any}
 */
export function firstPayload(sample, each) {
  if (!each) return sample;
  const keys = keysOf(each);
  const array = keys && valueOf(sample, each);
  if (!Array.isArray(array) || array.length === 0) return sample;
  return placed(sample, /** @type {Keys} */ (keys), array[0]);
}

/**
 * @param {any} value
 * @param {Keys} keys
 * @param {any} element
 * @returns {any}
 */
function placed(value, keys, element) {
  const [key, ...rest] = keys;
  if (key === undefined) return element;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = placed(value[key], rest, element);
  return copy;
}

/**
 * The arrays of objects in a sample, as paths: what `each` may name.
 * @param {any} sample
 * @returns {string[]}
 */
export function arraysIn(sample) {
  /** @type {string[]} */
  const found = [];
  const look = (/** @type {any} */ value, /** @type {Keys} */ keys) => {
    if (found.length >= 50 || keys.length > 6 || value === null || typeof value !== "object") return;
    if (Array.isArray(value)) {
      found.push(pathOf(keys));
      return;
    }
    for (const [key, inner] of Object.entries(value)) look(inner, [...keys, key]);
  };
  look(sample, []);
  return found;
}

/**
 * A name for a contact field by the place that fills it: `customer.firstName` is `first_name`.
 * @param {Keys} keys
 * @returns {string}
 */
export function fieldNameFor(keys) {
  const last = [...keys].reverse().find((key) => typeof key === "string") ?? "value";
  const words = String(last).replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "_");
  return words.replaceAll(/^_+|_+$/g, "").slice(0, 64) || "value";
}
