// One call under the mock host: what is granted and exists, and what the action has asked for so far.

import { Memory } from './memory.js';
import { Outside } from './outside.js';
import * as rules from './rules.js';

/** @typedef {import('../../mock.js').Situation} Situation */

export class Session {
  /**
   * @param {Situation & { inbox: string }} situation
   * @param {import('./rules.js').Grants} grants
   * @param {Map<string, import('./outside.js').Secret>} secrets
   */
  constructor({ inbox, inboxes = [], lists = [], members = [], contact, conversation, state = {}, http = [] }, grants, secrets) {
    this.grants = grants;
    this.inbox = inbox;
    this.inboxes = new Set([inbox, ...inboxes]);
    this.lists = new Set([...lists, ...(contact?.lists ?? [])]);
    this.members = new Set([...members, ...(conversation?.assignee ? [conversation.assignee] : [])]);
    this.memory = new Memory(state, grants);
    this.outside = new Outside(http, secrets, grants);
    /** @type {import('../../mock.js').Effect[]} */
    this.effects = [];
    /** @type {{ level: string, message: string }[]} */
    this.lines = [];
  }

  /**
   * @param {string} name
   * @param {string} json
   */
  setField(name, json) {
    rules.fieldName(name);
    const value = rules.fieldValue(json);
    rules.granted(this.grants, 'contacts.write', name);
    this.buffer({ kind: 'set-field', name, value });
  }

  /** @param {string} name */
  clearField(name) {
    rules.fieldName(name);
    rules.granted(this.grants, 'contacts.write', name);
    this.buffer({ kind: 'clear-field', name });
  }

  /** @param {string} tag */
  addTag(tag) {
    rules.tag(tag);
    rules.granted(this.grants, 'contacts.tag', tag);
    this.buffer({ kind: 'add-tag', tag });
  }

  /** @param {string} tag */
  removeTag(tag) {
    rules.tag(tag);
    rules.granted(this.grants, 'contacts.tag', tag);
    this.buffer({ kind: 'remove-tag', tag });
  }

  /** @param {string} list */
  addToList(list) {
    rules.granted(this.grants, 'lists.write', list);
    rules.known('list', list, this.lists);
    this.buffer({ kind: 'add-to-list', list });
  }

  /** @param {string} list */
  removeFromList(list) {
    rules.granted(this.grants, 'lists.write', list);
    rules.known('list', list, this.lists);
    this.buffer({ kind: 'remove-from-list', list });
  }

  /** @param {string} member */
  assign(member) {
    rules.granted(this.grants, 'conversations.write', 'assign');
    rules.known('member', member, this.members);
    this.buffer({ kind: 'assign', to: member });
  }

  unassign() {
    this.onConversation('unassign');
  }

  close() {
    this.onConversation('close');
  }

  reopen() {
    this.onConversation('reopen');
  }

  /** @param {string} kind */
  onConversation(kind) {
    rules.granted(this.grants, 'conversations.write', kind);
    this.buffer({ kind });
  }

  /** @param {string} body */
  addNote(body) {
    rules.note(body);
    rules.granted(this.grants, 'conversations.write', 'note');
    this.buffer({ kind: 'add-note', body });
  }

  /** @param {import('../wire.d.ts').WireMessage} message */
  send(message) {
    const inbox = message.inbox ?? this.inbox;
    rules.message(message);
    rules.granted(this.grants, 'messages.send', inbox);
    rules.known('inbox', inbox, this.inboxes);
    const id = `msg_${this.effects.filter(({ kind }) => kind === 'send').length + 1}`;
    const media = message.media.map(({ url, contentType }) => ({ url, content_type: contentType }));
    this.buffer({ kind: 'send', message: id, inbox: message.inbox ?? null, body: message.body, media, send_at: message.sendAt ?? null });
    return id;
  }

  /** @param {string} key */
  getState(key) {
    return this.memory.get(key);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {bigint | undefined} ttlMs
   */
  setState(key, value, ttlMs) {
    this.memory.set(key, value, ttlMs);
  }

  /** @param {string} key */
  deleteState(key) {
    this.memory.delete(key);
  }

  /**
   * @param {string} key
   * @param {bigint} by
   */
  incrementState(key, by) {
    return this.memory.increment(key, by);
  }

  /**
   * @param {string} level
   * @param {string} message
   */
  log(level, message) {
    this.lines.push({ level, message: message.replace(/[\x00-\x1f\x7f-\x9f]/g, '') });
  }

  /** @param {import('../wire.d.ts').WireRequest} request */
  http(request) {
    return this.outside.answer(request);
  }

  /** @param {import('../../mock.js').Effect} effect */
  buffer(effect) {
    rules.roomForAnEffect(this.effects.length);
    this.effects.push(effect);
  }
}
