/** A step in one line. */

import { isObject } from "../pointer.js";
import { shapeOf, words } from "../schema/shape.js";
import { COMPARISONS, hasValue, read } from "./condition.js";

/** How many settings are told. */
const TOLD_MAX = 3;

/**
 * @param {any} step
 * @param {import("../known.js").Plugin | undefined} plugin
 * @returns {string}
 */
export function summary(step, plugin) {
  if (step?.action !== undefined) return settingsTold(step.settings, plugin?.manifest.settings) || plugin?.manifest.description || "";
  if (step?.stop !== undefined) return step.stop ? `The run ends here: ${step.stop}` : "The run ends here";
  return waitTold(step?.wait);
}

/**
 * The retry policy of a step in a few words; nothing when it is the host's.
 * @param {any} retry
 */
export function waits(retry) {
  if (!isObject(retry) || retry.attempts === undefined) return "";
  return retry.attempts === 1 ? "once" : `${retry.attempts}×`;
}

/**
 * The condition of a step in words, or as it is written; nothing when it has none.
 * @param {any} when
 */
export function condition(when) {
  if (typeof when !== "string") return "";
  const simple = read(when);
  if (!simple) return when;
  const is = COMPARISONS.find(({ value }) => value === simple.is)?.label ?? simple.is;
  return [simple.path, is, ...(hasValue(simple.is) ? [simple.value === "" ? '""' : simple.value] : [])].join(" ");
}

/** @param {any} wait */
function waitTold(wait) {
  if (typeof wait === "string") return `The run goes on ${wait} later`;
  if (!isObject(wait)) return "";
  if (wait.until !== undefined) {
    const beside = wait.before ? `${wait.before} before ` : wait.after ? `${wait.after} after ` : "";
    return `Until ${beside}${wait.until}`;
  }
  const hours = isObject(wait.hours) ? wait.hours : {};
  const days = Array.isArray(hours.days) && hours.days.length > 0 ? hours.days.map((/** @type {any} */ day) => words(String(day))).join(", ") : "every day";
  return `Until it is ${days}, ${hours.from ?? "?"} to ${hours.to ?? "?"}`;
}

/**
 * What is set, what is needed first; a single text stands for itself.
 * @param {any} settings
 * @param {any} schema
 */
function settingsTold(settings, schema) {
  if (!isObject(settings)) return "";
  const root = schema ?? true;
  const known = shapeOf(root, root).properties;
  const place = (/** @type {string} */ key) => known.findIndex((one) => one.key === key);
  const told = Object.entries(settings)
    .filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0))
    .sort(([one], [other]) => place(one) - place(other));
  if (told.length === 1 && typeof told[0]?.[1] === "string") return told[0][1];
  const named = told.flatMap(([key, value]) => {
    const shape = shapeOf(known[place(key)]?.schema ?? true, root);
    return shape.kind === "object" || shape.kind === "any" ? [] : [`${shape.title || words(key)}: ${short(value)}`];
  });
  return named.slice(0, TOLD_MAX).join(" · ");
}

/** @param {any} value */
function short(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.every((one) => typeof one !== "object") ? value.join(", ") : `${value.length}`;
  return isObject(value) ? Object.keys(value).join(", ") : String(value);
}
