// The functions by which an action changes the world, keeps state and writes log lines: plain values in, the contract's out.

import { Refusal } from './errors.js';
import { host } from './host.js';

/**
 * `value` when it is a text; what comes out of a payload need not be one.
 * @param {string} what
 * @param {unknown} value
 * @returns {string}
 */
function text(what, value) {
  if (typeof value !== 'string') {
    throw new Refusal('invalid', `${what} is a text, not ${value === null ? 'null' : typeof value}`);
  }
  return value;
}

const fieldName = (/** @type {unknown} */ name) => text('the name of a field', name);
const tagName = (/** @type {unknown} */ tag) => text('a tag', tag);
const listName = (/** @type {unknown} */ name) => text('the name of a list', name);
const stateKey = (/** @type {unknown} */ key) => text('a key', key);

export const contacts = {
  /**
   * @param {string} name
   * @param {string | number | boolean} value
   */
  setField(name, value) {
    const scalar = ['string', 'number', 'boolean'].includes(typeof value);
    if (!scalar || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new Refusal('invalid', `the value of field "${name}" is no text, finite number, true or false`);
    }
    host().setField(fieldName(name), JSON.stringify(value));
  },
  /** @param {string} name */
  clearField: (name) => host().clearField(fieldName(name)),
  /** @param {string} tag */
  addTag: (tag) => host().addTag(tagName(tag)),
  /** @param {string} tag */
  removeTag: (tag) => host().removeTag(tagName(tag)),
};

export const lists = {
  /** @param {string} name */
  add: (name) => host().addToList(listName(name)),
  /** @param {string} name */
  remove: (name) => host().removeFromList(listName(name)),
};

export const conversations = {
  /** @param {string} member */
  assign: (member) => host().assign(text('the name of a member', member)),
  unassign: () => host().unassign(),
  close: () => host().close(),
  reopen: () => host().reopen(),
  /** @param {string} body */
  addNote: (body) => host().addNote(text('a note', body)),
};

export const messages = {
  /**
   * @param {import('../hookbox.js').Message | string} message
   * @returns {string}
   */
  send(message) {
    const { body, inbox, media = [], sendAt } = typeof message === 'string' ? { body: message } : message;
    const at = sendAt instanceof Date ? sendAt.toISOString() : sendAt;
    return host().send({
      inbox: inbox === undefined ? undefined : text('the name of an inbox', inbox),
      body: text('the body of a message', body),
      media: media.map(({ url, contentType }) => ({ url: text("a medium's url", url), contentType: text("a medium's type", contentType) })),
      sendAt: at === undefined ? undefined : text('sendAt', at),
    });
  },
};

export const state = {
  /** @param {string} key */
  get: (key) => host().getState(stateKey(key)) ?? null,

  /**
   * @param {string} key
   * @param {string} value
   * @param {{ ttlMs?: number }} [more]
   */
  set(key, value, { ttlMs } = {}) {
    if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs >= 0)) {
      throw new Refusal('invalid', 'a value is kept for a whole number of milliseconds');
    }
    host().setState(stateKey(key), text('a value', value), ttlMs === undefined ? undefined : BigInt(ttlMs));
  },

  /** @param {string} key */
  delete: (key) => host().deleteState(stateKey(key)),

  /**
   * @param {string} key
   * @param {number} [by]
   */
  increment(key, by = 1) {
    if (!Number.isSafeInteger(by)) {
      throw new Refusal('invalid', `what is added to "${key}" is no whole number that JavaScript counts exactly`);
    }
    const sum = Number(host().incrementState(stateKey(key), BigInt(by)));
    if (!Number.isSafeInteger(sum)) {
      throw new Refusal('invalid', `the sum for "${key}" is past the whole numbers that JavaScript counts exactly`);
    }
    return sum;
  },
};

/** @param {import('../hookbox.js').LogLevel} level */
const line = (level) => (/** @type {unknown} */ message) => host().log(level, String(message));

export const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
