// The host of a component: every function of the SDK through the bindings of `wit/`. Only `build.mjs` imports it.

import * as contacts from 'hookbox:plugin/contacts@1.0.0';
import * as conversations from 'hookbox:plugin/conversations@1.0.0';
import * as lists from 'hookbox:plugin/lists@1.0.0';
import { write } from 'hookbox:plugin/log@1.0.0';
import { send } from 'hookbox:plugin/messages@1.0.0';
import * as state from 'hookbox:plugin/state@1.0.0';

import { Refusal } from './errors.js';
import { notGranted, scopeOf } from './http.js';

/**
 * A function of the contract whose refusals are thrown as `Refusal`.
 * @template {any[]} A
 * @template R
 * @param {(...args: A) => R} call
 * @returns {(...args: A) => R}
 */
function refusing(call) {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      const { tag, val } = /** @type {any} */ (error)?.payload ?? {};
      if (['not-granted', 'invalid', 'limit'].includes(tag)) {
        throw new Refusal(tag, val);
      }
      throw error;
    }
  };
}

/** @type {Omit<import('./wire.d.ts').Host, 'http'>} */
export const effects = {
  setField: refusing(contacts.setField),
  clearField: refusing(contacts.clearField),
  addTag: refusing(contacts.addTag),
  removeTag: refusing(contacts.removeTag),
  addToList: refusing(lists.add),
  removeFromList: refusing(lists.remove),
  assign: refusing(conversations.assign),
  unassign: refusing(conversations.unassign),
  close: refusing(conversations.close),
  reopen: refusing(conversations.reopen),
  addNote: refusing(conversations.addNote),
  send: refusing(send),
  getState: refusing(state.get),
  setState: refusing(state.set),
  deleteState: refusing(state.delete),
  incrementState: refusing(state.increment),
  log: write,
};

/**
 * What a component that asks for no `http` answers to a call: what the host would.
 * @type {Pick<import('./wire.d.ts').Host, 'http'>}
 */
export const withoutHttp = {
  http({ method, address }) {
    throw notGranted(scopeOf(method, address));
  },
};
