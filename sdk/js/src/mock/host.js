// The mock host: makes the invocation of a situation as a real host does, runs the action, and reports what came of it.

import { AsyncLocalStorage } from 'node:async_hooks';

import { Refusal, asFailure } from '../errors.js';
import { installFinder } from '../host.js';
import { hide, secretsOf } from './outside.js';
import { isGranted } from './rules.js';
import { Session } from './session.js';

/** The session of the call that runs, over every `await` of it. */
const current = new AsyncLocalStorage();
installFinder(() => current.getStore());

export class Host {
  /** @param {import('../../mock.js').Situation} [situation] */
  constructor(situation = {}) {
    this.situation = { inbox: 'support', ...situation };
  }

  /**
   * @param {import('../../hookbox.js').Plugin} plugin
   * @returns {Promise<import('../../mock.js').Report>}
   */
  async run(plugin) {
    const { needs, settings: schema } = plugin.describe();
    const { grants = needs, secrets = {}, settings = {}, state = {} } = this.situation;
    const known = secretsOf(secrets);
    const session = new Session(this.situation, grants, known);
    const result = await outcomeOf(() => {
      const given = hide(JSON.parse(schema), settings, known, grants);
      return current.run(session, () => plugin.run(invocationOf(this.situation, given, grants)));
    });
    const happens = result.failure === null;
    return {
      ...result,
      effects: happens ? session.effects : [],
      state: happens ? Object.fromEntries(session.memory.kept) : state,
      log: session.lines,
      requests: session.outside.requests,
      callsLeft: session.outside.left.map(({ request }) => `${request.method} ${request.url}`),
    };
  }
}

/**
 * What an action returned, or how it failed. What is neither is a fault and thrown on.
 * @param {() => Promise<{ output: string, next: string }>} call
 */
async function outcomeOf(call) {
  try {
    const { output, next } = await call();
    return { output: JSON.parse(output), outputText: output, next, failure: null };
  } catch (error) {
    const { tag, val } = /** @type {any} */ (error instanceof Refusal ? asFailure(error) : error) ?? {};
    if (error instanceof Error && !(error instanceof Refusal)) {
      throw error;
    }
    const { code, message, afterMs } = val;
    const failure = { kind: tag, code, message, afterMs: afterMs === undefined ? undefined : Number(afterMs) };
    return { output: undefined, outputText: undefined, next: undefined, failure };
  }
}

/**
 * @param {import('../../mock.js').Situation & { inbox: string }} situation
 * @param {any} settings
 * @param {import('./rules.js').Grants} grants
 */
function invocationOf(situation, settings, grants) {
  const { payload = {}, contact = {}, conversation, inbox, steps = [] } = situation;
  const { step = 'step', attempt = 1, now = '2026-01-02T03:04:05Z' } = situation;
  return {
    runId: 'run_1',
    stepId: step,
    attempt,
    idempotencyKey: 'run_1-0',
    now,
    payload: JSON.stringify(payload),
    contact: visible(contact, grants),
    conversation: conversation && { id: 'cnv_1', inbox, assignee: conversation.assignee ?? undefined, state: conversation.state ?? 'open' },
    steps: steps.map(({ name, output }) => /** @type {[string, string]} */ ([name, JSON.stringify(output)])),
    settings: JSON.stringify(settings),
  };
}

/**
 * What `contacts.read` is granted for, and nothing else.
 * @param {import('../../mock.js').Person} contact
 * @param {import('./rules.js').Grants} grants
 */
function visible({ id = 'con_1', phone = '+12155556677', email, fields = {}, tags = [], lists = [], opted_out = false }, grants) {
  const may = (/** @type {string} */ name) => isGranted(grants, 'contacts.read', name);
  return {
    id,
    phone: (may('phone') && phone) || undefined,
    email: (may('email') && email) || undefined,
    fields: Object.entries(fields).filter(([name]) => may(name)).map(([name, value]) => ({ name, value: JSON.stringify(value) })),
    tags: may('tags') ? tags : [],
    lists: may('lists') ? lists : [],
    optedOut: opted_out,
  };
}
