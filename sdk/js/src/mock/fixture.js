// Fixtures: calls as files, with what should come of them. `sdk/fixtures.md` is the reference of the format.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Host } from './host.js';

const KEYS = {
  fixture: ['name', 'payload', 'settings', 'contact', 'conversation', 'inbox', 'steps', 'step', 'attempt', 'now', 'lists', 'inboxes', 'members', 'grants', 'state', 'secrets', 'http', 'expect'],
  contact: ['id', 'phone', 'email', 'external_id', 'fields', 'tags', 'lists', 'opted_out'],
  conversation: ['assignee', 'state'],
  exchange: ['request', 'answer'],
  request: ['method', 'url', 'headers', 'json', 'text'],
  answer: ['status', 'headers', 'json', 'text', 'error'],
  expect: ['effects', 'output', 'next', 'failure', 'state', 'log'],
};

/**
 * Every fixture of a folder, in the order of the files' names.
 * @param {string | URL} folder
 * @returns {import('../../mock.js').Fixture[]}
 */
export function fixtures(folder) {
  const path = folder instanceof URL ? fileURLToPath(folder) : folder;
  const files = readdirSync(path).filter((file) => file.endsWith('.json')).sort();
  if (files.length === 0) {
    throw new Error(`there is no fixture in ${path}`);
  }
  return files.map((file) => fixtureOf(join(path, file)));
}

/** @param {string} file */
function fixtureOf(file) {
  const read = JSON.parse(readFileSync(file, 'utf8'));
  checkKeys(read, basename(file));
  const { name = basename(file, '.json'), expect, ...situation } = read;
  return { name, situation, expect, check: (/** @type {import('../../hookbox.js').Plugin} */ plugin) => check(plugin, situation, expect) };
}

/**
 * A misspelt key is refused, so that it does not pass unseen.
 * @param {any} read
 * @param {string} file
 */
function checkKeys(read, file) {
  const known = (/** @type {any} */ value, /** @type {keyof typeof KEYS} */ kind) => {
    const unknown = Object.keys(value ?? {}).find((key) => !KEYS[kind].includes(key));
    assert.equal(unknown, undefined, `${file}: a ${kind} has no key "${unknown}"; sdk/fixtures.md lists them`);
  };
  known(read, 'fixture');
  known(read.contact, 'contact');
  known(read.conversation, 'conversation');
  known(read.expect, 'expect');
  for (const exchange of read.http ?? []) {
    known(exchange, 'exchange');
    known(exchange.request, 'request');
    known(exchange.answer, 'answer');
  }
}

/**
 * Runs the action and compares what came of it. Without `expect` it has to return an outcome.
 * @param {import('../../hookbox.js').Plugin} plugin
 * @param {import('../../mock.js').Situation} situation
 * @param {import('../../mock.js').Expect} [expect]
 */
async function check(plugin, situation, expect = {}) {
  const report = await new Host(situation).run(plugin);
  compareEnd(report, expect);
  if (expect.effects !== undefined) {
    assert.deepEqual(report.effects.map(shownEffect), expect.effects.map(shownEffect), 'other effects');
  }
  if (expect.state !== undefined) {
    assert.deepEqual(report.state, expect.state, 'other state');
  }
  if (expect.log !== undefined) {
    assert.deepEqual(report.log, expect.log, 'other log lines');
  }
  (situation.http ?? []).slice(0, report.requests.length).forEach(({ request }, at) => compareRequest(report.requests[at], request));
  assert.deepEqual(report.callsLeft, [], 'calls that did not come');
  return report;
}

/**
 * @param {import('../../mock.js').Report} report
 * @param {import('../../mock.js').Expect} expect
 */
function compareEnd({ output, outputText, next, failure }, expect) {
  if (expect.failure === undefined) {
    assert.equal(failure, null, `it failed: ${failure?.message}`);
  } else {
    const [kind, wanted] = Object.entries(expect.failure)[0];
    const told = { code: failure?.code, message: failure?.message, after_ms: failure?.afterMs ?? null };
    assert.equal(failure?.kind, kind, 'another end');
    assert.deepEqual({ ...told, ...wanted }, told, 'another failure');
  }
  if (expect.next !== undefined) {
    assert.equal(next, expect.next, 'another next');
  }
  if (typeof expect.output === 'string') {
    assert.equal(outputText, expect.output, 'another output');
  } else if (expect.output !== undefined) {
    assert.deepEqual(output, expect.output, 'another output');
  }
}

/**
 * A message's id is not compared, and what is null or empty may be left out.
 * @param {import('../../mock.js').Effect} effect
 */
function shownEffect({ kind, ...members }) {
  const empty = (/** @type {any} */ value) => value === null || (Array.isArray(value) && value.length === 0);
  const kept = Object.entries(members).filter(([name, value]) => !empty(value) && !(kind === 'send' && name === 'message'));
  return { kind, ...Object.fromEntries(kept) };
}

/**
 * @param {import('../../mock.js').Sent} sent
 * @param {import('../../mock.js').Exchange['request']} wanted
 */
function compareRequest(sent, { headers = {}, json, text }) {
  for (const [name, value] of Object.entries(headers)) {
    assert.equal(sent.headers[name.toLowerCase()] ?? null, value, `another header ${name}`);
  }
  if (json !== undefined) {
    assert.deepEqual(JSON.parse(sent.body), json, 'another body');
  }
  if (text !== undefined) {
    assert.equal(sent.body, text, 'another body');
  }
}
