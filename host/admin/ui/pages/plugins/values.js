/** Values of a comparison as people read them: an effect by what it does, a few words in a line, the rest as JSON. */
import { sentence } from "../../core/words.js";

/**
 * @param {any} value
 * @returns {string}
 */
export function valueText(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => isPlain(one) || isNamed(one))) return value.map(valueText).join(", ") || "none";
  if (isNamed(value)) return value.name;
  if (typeof value !== "object") return String(value);
  if (typeof value.kind === "string") return effectText(value);
  return JSON.stringify(value, null, 1);
}

/** @param {unknown} value */
function isPlain(value) {
  return value === null || typeof value !== "object";
}

/** A record by its id and its name, which says enough. @param {any} value */
function isNamed(value) {
  return typeof value?.id === "string" && typeof value.name === "string" && Object.keys(value).length === 2;
}

/**
 * An effect: `Add to list: customers`.
 * @param {Record<string, any>} effect
 */
function effectText({ kind, ...rest }) {
  const told = Object.keys(rest)
    .map((key) => rest[key])
    .filter((value) => value !== null && !(Array.isArray(value) && value.length === 0));
  const texts = told.map((value) => (isPlain(value) ? String(value) : JSON.stringify(value)));
  return texts.length === 0 ? sentence(kind) : `${sentence(kind)}: ${texts.join(", ")}`;
}
