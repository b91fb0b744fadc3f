/** Merge tokens: what `{{…}}` in a step's settings can stand for, with an example of each. */

import { isObject, parts, valueAt } from "./pointer.js";

/** @typedef {{path: string, token: string, group: "Contact" | "Payload" | "Earlier steps" | "Templates", example: string, isText: boolean}} Token `isText`: its
 *   example is a text */
/** @typedef {{name?: string, action?: string, wait?: any, stop?: string}} Step */

/** What every contact has beside its fields. */
const OF_EVERY_CONTACT = ["phone", "email", "external_id", "id", "opted_out"];
const PATHS_MAX = 300;
const DEPTH_MAX = 6;
/** How many elements of an array are offered: the first ones show how the others are reached. */
const ELEMENTS_MAX = 2;

/**
 * What a step is called: by later steps, and where it has no name of its own.
 * @param {Step} step
 */
export function titleOf(step) {
  if (typeof step?.name === "string" && step.name !== "") return step.name;
  if (typeof step?.action === "string" && step.action !== "") return step.action;
  return step?.stop !== undefined ? "stop" : "wait";
}

/**
 * Everything that a step may read.
 * @param {{doc: any, before: number, fields: string[], templates: {name: string, body: string}[], outputs: {[step: string]: any}}} known
 *   `before`: the index of the step that reads; `outputs`: what steps returned in the last dry run, by name
 * @returns {Token[]}
 */
export function tokensFor({ doc, before, fields, templates, outputs }) {
  const mapped = valueAt(doc, "/trigger/webhook/map");
  const written = Array.isArray(mapped) ? mapped.map((field) => field?.field).filter((name) => typeof name === "string") : [];
  const names = [...new Set([...written, ...fields, ...OF_EVERY_CONTACT])];
  const steps = Array.isArray(doc.steps) ? doc.steps.slice(0, before) : [];
  const titles = [...new Set(steps.filter((/** @type {Step} */ step) => step?.action !== undefined).map(titleOf))];
  return [
    ...names.map((name) => token("Contact", `contact${access(name)}`, undefined)),
    ...pathsIn(runPayload(doc), "payload").map(([path, value]) => token("Payload", path, value)),
    ...titles.flatMap((title) => pathsIn(outputs[title], `steps${access(title)}`)).map(([path, value]) => token("Earlier steps", path, value)),
    ...templates.map(({ name, body }) => token("Templates", `templates.${name}`, body)),
  ];
}

/**
 * The payload of a run on the sample: with `each`, an element in the place of its array.
 * @param {any} doc
 */
export function runPayload(doc) {
  const sample = valueAt(doc, "/trigger/webhook/sample");
  const each = valueAt(doc, "/trigger/webhook/each");
  if (typeof each !== "string") return sample;
  const names = /^\$(?:\.[A-Za-z_]\w*)*$/.test(each) ? each.split(".").slice(1) : null;
  return names === null ? sample : firstOf(sample, names);
}

/**
 * A path as templates and conditions write it, from a JSON pointer below `root`.
 * @param {string} root
 * @param {string} pointer
 * @param {any} value the value that the pointer is into
 */
export function pathOf(root, pointer, value) {
  let [path, found] = [root, value];
  for (const part of parts(pointer)) {
    path += Array.isArray(found) ? `[${part}]` : access(part);
    found = found?.[part];
  }
  return path;
}

/**
 * A member as a path says it: `.name`, or `["odd name"]`.
 * @param {string} name
 */
export function access(name) {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/**
 * Every scalar within a value, by its path; arrays by their first elements.
 * @param {any} value
 * @param {string} root
 * @returns {[path: string, value: any][]}
 */
function pathsIn(value, root) {
  /** @type {[string, any][]} */
  const found = [];
  const visit = (/** @type {any} */ inner, /** @type {string} */ path, /** @type {number} */ depth) => {
    if (found.length >= PATHS_MAX || inner === undefined) return;
    if (inner === null || typeof inner !== "object") found.push([path, inner]);
    else if (depth < DEPTH_MAX && Array.isArray(inner)) inner.slice(0, ELEMENTS_MAX).forEach((item, index) => visit(item, `${path}[${index}]`, depth + 1));
    else if (depth < DEPTH_MAX) Object.entries(inner).forEach(([name, item]) => visit(item, path + access(name), depth + 1));
  };
  visit(value, root, 0);
  return found;
}

/**
 * @param {any} value
 * @param {string[]} names
 * @returns {any}
 */
function firstOf(value, names) {
  const [name, ...rest] = names;
  if (name === undefined) return Array.isArray(value) ? value[0] : value;
  return isObject(value) && Object.hasOwn(value, name) ? { ...value, [name]: firstOf(value[name], rest) } : value;
}

/**
 * @param {Token["group"]} group
 * @param {string} path
 * @param {any} value
 * @returns {Token}
 */
function token(group, path, value) {
  const example = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return { path, token: `{{${path}}}`, group, isText: typeof value === "string", example: example.length > 80 ? `${example.slice(0, 79)}…` : example };
}
