// What makes an action of a definition: the two exports of a plugin, `describe` and `run`, and values in place of JSON text.

import { Failure, asFailure } from './errors.js';
import { host } from './host.js';

/** What an action returns to end the run. */
class Stop {
  /** @param {unknown} output */
  constructor(output) {
    this.output = output;
  }
}

/** @param {unknown} [output] */
export const stop = (output) => new Stop(output);

const NOTHING_TO_SET = { type: 'object', additionalProperties: false };

/**
 * @template S
 * @param {import('../hookbox.js').Definition<S>} definition
 * @returns {import('../hookbox.js').Plugin}
 */
export function action(definition) {
  check(definition);
  const { name, version, title, description, settings = NOTHING_TO_SET, needs = [] } = definition;
  const manifest = { name, version, title, description, settings: JSON.stringify(settings), needs: needs.map(needOf) };
  const defaults = defaultsOf(settings);
  return {
    describe: () => manifest,
    run: async (invocation) => {
      try {
        return outcomeOf(await definition.run(/** @type {any} */ (callOf(invocation, defaults))));
      } catch (error) {
        throw asFailure(error) ?? faultOf(error);
      }
    },
  };
}

/** @param {any} definition */
function check(definition) {
  for (const key of ['name', 'version', 'title', 'description']) {
    if (typeof definition[key] !== 'string') {
      throw new TypeError(`an action has a ${key}, which is a text`);
    }
  }
  if (typeof definition.run !== 'function') {
    throw new TypeError(`the action ${definition.name} has a function run`);
  }
}

/** @param {import('../hookbox.js').Need} need */
function needOf({ capability, scope, reason }) {
  return { capability, scope: typeof scope === 'string' ? [scope] : scope, reason };
}

/**
 * The defaults that the schema gives its properties.
 * @param {any} schema
 */
function defaultsOf(schema) {
  const properties = Object.entries(schema.properties ?? {});
  return properties.filter(([, property]) => property?.default !== undefined).map(([name, { default: value }]) => [name, value]);
}

/**
 * @param {import('./wire.d.ts').WireInvocation} invocation
 * @param {any[][]} defaults
 */
function callOf(invocation, defaults) {
  const { runId, stepId, attempt, idempotencyKey, now, payload, contact, conversation, steps, settings } = invocation;
  return {
    runId,
    step: stepId,
    attempt,
    idempotencyKey,
    now,
    payload: JSON.parse(payload),
    payloadText: payload,
    contact: contactOf(contact),
    conversation: conversation ? { ...conversation, assignee: conversation.assignee ?? null } : null,
    steps: named(steps.map(([name, output]) => [name, JSON.parse(output)])),
    settings: { ...Object.fromEntries(structuredClone(defaults)), ...JSON.parse(settings) },
  };
}

/** @param {import('./wire.d.ts').WireContact} contact */
function contactOf({ id, phone, email, fields, tags, lists, optedOut }) {
  const values = named(fields.map(({ name, value }) => [name, JSON.parse(value)]));
  return { id, phone: phone ?? null, email: email ?? null, fields: values, tags, lists, optedOut };
}

/**
 * An object of what is in it and nothing else: `fields.constructor` is a field or undefined.
 * @param {[string, any][]} entries
 */
function named(entries) {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** @param {unknown} returned */
function outcomeOf(returned) {
  const output = returned instanceof Stop ? returned.output : returned;
  return { output: jsonOf(output), next: returned instanceof Stop ? 'stop' : 'continue' };
}

/** @param {unknown} output */
function jsonOf(output) {
  const unfit = (/** @type {string} */ why) => new Failure('permanent', `the output has no form in JSON: ${why}`, { code: 'invalid-output' });
  if (output === undefined) {
    return 'null';
  }
  let text;
  try {
    text = JSON.stringify(output);
  } catch (error) {
    throw unfit(String(error instanceof Error ? error.message : error));
  }
  if (text === undefined) {
    throw unfit(`it is a ${typeof output}`);
  }
  return text;
}

/**
 * An error that no one expected ends the component, as a panic does in Rust. What is known of it goes to the log first.
 * @param {unknown} error
 */
function faultOf(error) {
  const fault = error instanceof Error ? error : new Error(`the action threw ${String(error)}, which is no error`);
  for (const line of `${fault}\n${fault.stack ?? ''}`.split('\n').filter((part) => part.trim() !== '')) {
    host().log('error', line);
  }
  return fault;
}
