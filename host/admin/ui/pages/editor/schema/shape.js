/** What a form shows for a JSON Schema: the subset that settings of plugins use, references and nullable types resolved. */

import { isObject } from "../pointer.js";

/** @typedef {{[key: string]: any} | boolean} Schema a JSON Schema (2020-12) */
/** @typedef {{value: any, label: string, hint?: string}} Option */
/** @typedef {{key: string, schema: Schema, required: boolean}} Property */

/**
 * @typedef {object} Shape
 * @property {"object" | "map" | "array" | "text" | "number" | "boolean" | "options" | "choice" | "any"} kind
 * @property {string} title
 * @property {string} description
 * @property {string} format
 * @property {boolean} nullable
 * @property {any} standard the value that holds when none is given; undefined when the schema says none
 * @property {{[key: string]: any}} schema as it was resolved
 * @property {Option[]} options for `options`: the values there are
 * @property {{label: string, schema: Schema}[]} choices for `choice`: the schemas there are
 * @property {Property[]} properties for `object`: what is needed first
 * @property {Schema} inner for `array` and `map`: the schema of an element
 */

/** How deep references are followed; a schema that refers to itself is edited as JSON from there. */
const REFERENCES_MAX = 16;
/** Key words that a form cannot show: what has one is edited as JSON. */
const UNSHOWN = ["allOf", "not", "if", "patternProperties", "dependentSchemas", "prefixItems", "propertyNames", "unevaluatedProperties", "$dynamicRef"];
const SCALARS = ["string", "number", "integer", "boolean"];

/**
 * @param {Schema} schema
 * @param {Schema} root the schema that references are looked up in
 * @returns {Shape}
 */
export function shapeOf(schema, root) {
  const { schema: found, nullable } = withoutNull(resolved(schema, root), root);
  const of = (/** @type {Shape["kind"]} */ kind, /** @type {Partial<Shape>} */ more = {}) => ({
    ...described(found), kind, nullable, schema: found, options: [], choices: [], properties: [], inner: true, ...more,
  });
  if (UNSHOWN.some((word) => word in found)) return of("any");
  if (Array.isArray(found.enum)) return of("options", { options: found.enum.map((value) => ({ value, label: labelOf(value) })) });
  if ("const" in found) return of("options", { options: [constant(found)] });
  const several = found.oneOf ?? found.anyOf;
  if (Array.isArray(several)) return severalOf(several, root, of);
  if (Array.isArray(found.type)) return of("choice", { choices: found.type.map((type) => ({ label: typeLabel(type), schema: { ...found, type } })) });
  const type = found.type ?? (isObject(found.properties) ? "object" : undefined);
  switch (type) {
    case "object":
      return isObject(found.properties) && Object.keys(found.properties).length > 0
        ? of("object", { properties: propertiesOf(found) })
        : of(isObject(found.additionalProperties) ? "map" : "any", { inner: found.additionalProperties ?? true });
    case "array":
      return of("array", { inner: found.items ?? true });
    case "string":
      return of("text");
    case "number":
    case "integer":
      return of("number");
    case "boolean":
      return of("boolean");
    default:
      return of("any");
  }
}

/**
 * What a value of this shape begins as when it is added.
 * @param {Schema} schema
 * @param {Schema} root
 * @returns {any}
 */
export function blank(schema, root) {
  const shape = shapeOf(schema, root);
  if (shape.standard !== undefined && shape.standard !== null) return structuredClone(shape.standard);
  switch (shape.kind) {
    case "object":
      return Object.fromEntries(shape.properties.filter(({ required }) => required).map(({ key, schema: inner }) => [key, blank(inner, root)]));
    case "map":
      return {};
    case "array":
      return [];
    case "number":
      return shape.schema.minimum ?? 0;
    case "boolean":
      return false;
    case "options":
      return shape.options[0]?.value ?? null;
    case "choice":
      return blank(shape.choices[0]?.schema ?? true, root);
    case "any":
      return shape.schema.type === "object" ? {} : null;
    default:
      return "";
  }
}

/**
 * Which of several schemas a value is meant for: the first that it suits best.
 * @param {any} value
 * @param {{schema: Schema}[]} choices
 * @param {Schema} root
 * @returns {number} its index; -1 for a value that is not there
 */
export function chosen(value, choices, root) {
  if (value === undefined) return -1;
  const fits = choices.map(({ schema }) => fit(value, schema, root));
  return fits.indexOf(Math.max(...fits));
}

/**
 * How well a value suits a schema: 0 for another type; the more of its keys and constants it has, the better.
 * @param {any} value
 * @param {Schema} schema
 * @param {Schema} root
 * @returns {number}
 */
function fit(value, schema, root) {
  const shape = shapeOf(schema, root);
  if (shape.kind === "any") return 1;
  if (shape.kind === "options") return shape.options.some((option) => option.value === value) ? 3 : 0;
  if (shape.kind === "array") return Array.isArray(value) ? 2 : 0;
  if (shape.kind === "map") return isObject(value) ? 2 : 0;
  if (shape.kind === "object") {
    if (!isObject(value)) return 0;
    const known = shape.properties.filter(({ key }) => Object.hasOwn(value, key));
    const wrong = known.filter(({ key, schema: inner }) => shapeOf(inner, root).kind === "options" && fit(value[key], inner, root) === 0);
    const missing = shape.properties.filter(({ key, required }) => required && !Object.hasOwn(value, key));
    return 2 + (known.length - 4 * wrong.length - missing.length) / (Object.keys(value).length + shape.properties.length + 1);
  }
  const type = { text: "string", number: "number", boolean: "boolean" }[/** @type {"text" | "number" | "boolean"} */ (shape.kind)];
  return typeof value === type ? 2 : 0;
}

/**
 * A name in words: `add_tags` is "Add tags".
 * @param {string} key
 */
export function words(key) {
  const text = key.replace(/[_-]+/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").trim().toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {any[]} several
 * @param {Schema} root
 * @param {(kind: Shape["kind"], more: Partial<Shape>) => Shape} of
 */
function severalOf(several, root, of) {
  const all = several.map((one) => resolved(one, root));
  if (all.every((one) => "const" in one || Array.isArray(one.enum))) {
    const options = all.flatMap((one) => ("const" in one ? [constant(one)] : one.enum.map((/** @type {any} */ value) => ({ value, label: labelOf(value) }))));
    return of("options", { options });
  }
  return of("choice", { choices: all.map((one, index) => ({ label: choiceLabel(one, index), schema: one })) });
}

/**
 * @param {{[key: string]: any}} schema
 * @param {number} index
 */
function choiceLabel(schema, index) {
  if (schema.title) return schema.title;
  const tag = Object.entries(schema.properties ?? {}).find(([, inner]) => isObject(inner) && "const" in inner);
  if (tag) return labelOf(tag[1].const);
  const only = Object.keys(schema.properties ?? {});
  if (only.length === 1) return words(/** @type {string} */ (only[0]));
  return typeof schema.type === "string" && SCALARS.includes(schema.type) ? typeLabel(schema.type) : `Choice ${index + 1}`;
}

/** @param {{[key: string]: any}} schema @returns {Property[]} */
function propertiesOf(schema) {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const all = Object.entries(schema.properties).map(([key, inner]) => ({ key, schema: inner, required: required.has(key) }));
  return [...all.filter((one) => one.required), ...all.filter((one) => !one.required)];
}

/**
 * The schema that a reference names, with what stands beside the reference.
 * @param {Schema} schema
 * @param {Schema} root
 * @param {number} [followed] how many references led here
 * @returns {{[key: string]: any}}
 */
function resolved(schema, root, followed = 0) {
  let found = isObject(schema) ? schema : {};
  let depth = followed;
  for (; typeof found.$ref === "string" && depth < REFERENCES_MAX; depth += 1) {
    const { $ref, ...beside } = found;
    const name = $ref.match(/^#\/(?:\$defs|definitions)\/([^/]+)$/)?.[1];
    const target = isObject(root) && name ? (root.$defs ?? root.definitions)?.[name.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
    found = { ...(isObject(target) ? target : {}), ...beside };
  }
  const { $ref: _, ...rest } = found;
  // One schema beside a description: how some generators write a reference with words of its own.
  if (Array.isArray(rest.allOf) && rest.allOf.length === 1 && depth < REFERENCES_MAX) {
    const { allOf, ...beside } = rest;
    return { ...resolved(allOf[0], root, depth + 1), ...beside };
  }
  return rest;
}

/**
 * A schema without null among what it allows.
 * @param {{[key: string]: any}} schema
 * @param {Schema} root
 * @returns {{schema: {[key: string]: any}, nullable: boolean}}
 */
function withoutNull(schema, root) {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((/** @type {string} */ type) => type !== "null");
    const type = types.length === 1 ? types[0] : types;
    return { schema: { ...schema, type }, nullable: types.length < schema.type.length };
  }
  for (const word of ["anyOf", "oneOf"]) {
    if (!Array.isArray(schema[word])) continue;
    const others = schema[word].filter((/** @type {any} */ one) => !(isObject(one) && (one.type === "null" || one.const === null)));
    if (others.length === schema[word].length) continue;
    const { [word]: _, ...beside } = schema;
    const rest = others.length === 1 ? { ...resolved(others[0], root), ...beside } : { ...beside, [word]: others };
    return { schema: withoutNull(rest, root).schema, nullable: true };
  }
  return { schema, nullable: false };
}

/** @param {{[key: string]: any}} schema */
function described(schema) {
  return {
    title: typeof schema.title === "string" ? schema.title : "",
    description: typeof schema.description === "string" ? schema.description : "",
    format: typeof schema.format === "string" ? schema.format : "",
    standard: schema.default,
  };
}

/** @param {{[key: string]: any}} schema @returns {Option} */
function constant(schema) {
  return { value: schema.const, label: schema.title ?? labelOf(schema.const), hint: schema.description };
}

/** @param {string} type */
function typeLabel(type) {
  return type === "string" ? "Text" : words(type);
}

/** @param {any} value */
function labelOf(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
