// What a real host checks at a call: grants, names, sizes. The numbers are the host's defaults.

import { Refusal } from '../errors.js';

const EFFECTS_MAX = 100;
const NAME_CHARS_MAX = 64;
const BODY_CHARS_MAX = 10_000;
const MEDIA_MAX = 10;
const URL_BYTES_MAX = 2_048;
const STATE_KEY_BYTES_MAX = 256;
const STATE_VALUE_BYTES_MAX = 64 * 1024;

/** Fields that find a contact: no plugin writes them. */
const IDENTIFIERS = ['phone', 'email', 'external_id'];

const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d*)?(Z|[+-]\d{2}:\d{2})$/;

/** @typedef {{ capability: string, scope: string[] }[]} Grants */

const invalid = (/** @type {string} */ text) => new Refusal('invalid', text);
const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text).length;
const charsOf = (/** @type {string} */ text) => [...text].length;

/**
 * What is granted of a capability.
 * @param {Grants} grants
 * @param {string} capability
 */
export function scopes(grants, capability) {
  return grants.filter((grant) => grant.capability === capability).flatMap(({ scope }) => scope);
}

/**
 * @param {Grants} grants
 * @param {string} capability
 * @param {string} scope
 */
export function isGranted(grants, capability, scope) {
  return scopes(grants, capability).some((allowed) => covers(capability, allowed, scope));
}

/**
 * Only keys of state are granted by how they begin.
 * @param {string} capability
 * @param {string} allowed
 * @param {string} scope
 */
function covers(capability, allowed, scope) {
  const begins = capability === 'state' && allowed.endsWith('*') && scope.startsWith(allowed.slice(0, -1));
  return allowed === '*' || allowed === scope || begins;
}

/**
 * Refuses what is not granted, in the words of a real host.
 * @param {Grants} grants
 * @param {string} capability
 * @param {string} scope
 */
export function granted(grants, capability, scope) {
  if (!isGranted(grants, capability, scope)) {
    throw new Refusal('not-granted', `not granted: ${capability} for ${JSON.stringify(scope)}`);
  }
}

/** @param {number} effects */
export function roomForAnEffect(effects) {
  if (effects >= EFFECTS_MAX) {
    throw new Refusal('limit', `a step has at most ${EFFECTS_MAX} effects`);
  }
}

/** @param {string} name */
export function fieldName(name) {
  if (IDENTIFIERS.includes(name)) {
    throw invalid(`field "${name}" identifies the contact and cannot be written by a plugin`);
  }
  plainName('the name of a field', name);
}

/** @param {string} json */
export function fieldValue(json) {
  const value = JSON.parse(json);
  if (typeof value === 'string' && charsOf(value) > BODY_CHARS_MAX) {
    throw invalid(`the value of a field has at most ${BODY_CHARS_MAX} characters`);
  }
  return value;
}

/** @param {string} name */
export const tag = (name) => plainName('a tag', name);

/** @param {string} body */
export const note = (body) => sized('a note', body, BODY_CHARS_MAX);

/**
 * @param {string} what
 * @param {string} name
 * @param {Set<string>} names
 */
export function known(what, name, names) {
  if (!names.has(name)) {
    throw invalid(`there is no ${what} ${JSON.stringify(name)} in this workspace`);
  }
}

/** @param {string} key */
export function stateKey(key) {
  if (key === '' || bytesOf(key) > STATE_KEY_BYTES_MAX) {
    throw invalid(`a key has 1 to ${STATE_KEY_BYTES_MAX} bytes`);
  }
  if (CONTROL.test(key)) {
    throw invalid('a key has no control characters');
  }
}

/** @param {string} value */
export function stateValue(value) {
  if (typeof value !== 'string' || bytesOf(value) > STATE_VALUE_BYTES_MAX) {
    throw invalid(`a value is a text of at most ${STATE_VALUE_BYTES_MAX} bytes`);
  }
}

/** @param {import('../wire.d.ts').WireMessage} message */
export function message({ body, media, sendAt }) {
  sized('the body of a message', body, BODY_CHARS_MAX);
  if (media.length > MEDIA_MAX) {
    throw invalid(`a message has at most ${MEDIA_MAX} media`);
  }
  media.forEach(medium);
  if (sendAt !== undefined && !TIME.test(sendAt)) {
    throw invalid(`send-at is not a time in RFC 3339 (2026-01-02T03:04:05Z): ${JSON.stringify(sendAt)}`);
  }
}

/** @param {{ url: string, contentType: string }} medium */
function medium({ url, contentType }) {
  if (!/^https:\/\/[^/?#][\x21-\x7e]*$/.test(url) || url.length > URL_BYTES_MAX) {
    throw invalid(`a medium's url begins with https:// and has at most ${URL_BYTES_MAX} characters, without spaces`);
  }
  if (!/^[\x21-\x2e\x30-\x7e]+\/[\x21-\x7e]+$/.test(contentType)) {
    throw invalid("a medium's content-type looks like image/png");
  }
}

/**
 * @param {string} what
 * @param {string} name
 */
function plainName(what, name) {
  sized(what, name, NAME_CHARS_MAX);
  if (CONTROL.test(name) || name.trim() !== name) {
    throw invalid(`${what} has no control characters, and no spaces at its ends`);
  }
}

/**
 * @param {string} what
 * @param {string} text
 * @param {number} charsMax
 */
function sized(what, text, charsMax) {
  const chars = typeof text === 'string' ? charsOf(text) : 0;
  if (chars < 1 || chars > charsMax) {
    throw invalid(`${what} has 1 to ${charsMax} characters, not ${chars}`);
  }
}
