// Scores a lead: asks a service about its company, tags it, and writes to the hot ones.

import { HttpError, action, contacts, fail, http, lists, log, messages, state } from '#hookbox';

/** @typedef {{ enrich_url: string, api_key: string | null, threshold: number, list: string, message: string }} Settings */
/** @typedef {{ company: string, employees: number | null, source: string | null }} Lead */

const ENRICH_TIMEOUT_MS = 10_000;
const EMPLOYEES_MAX = 10_000_000;

/** @type {Record<string, number | undefined>} */
const POINTS_OF_SOURCE = Object.assign(Object.create(null), { referral: 20, demo: 15, newsletter: 5 });

export const { describe, run } = action({
  name: 'score-lead',
  version: '1.0.0',
  title: 'Score a lead',
  description: "Asks a service about the lead's company, scores the lead, tags it, and writes to the hot ones.",
  needs: [
    { capability: 'contacts.read', scope: ['first_name', 'tags'], reason: 'The message says the first name, and a vip scores higher' },
    { capability: 'contacts.write', scope: 'lead_score', reason: 'The score is kept there' },
    { capability: 'contacts.tag', scope: ['hot-lead', 'cold-lead'], reason: 'Leads are tagged by their score' },
    { capability: 'lists.write', scope: '*', reason: 'The list of hot leads is chosen in the settings' },
    { capability: 'messages.send', scope: '*', reason: 'Hot leads are written to from the inbox of the automation' },
    { capability: 'state', scope: 'leads:*', reason: 'Leads are counted' },
    { capability: 'http', scope: '*', reason: 'The service that is asked is chosen in the settings' },
    { capability: 'secret', scope: '*', reason: 'The key of the service is chosen in the settings' },
  ],
  settings: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    description: 'What an automation sets.',
    type: 'object',
    additionalProperties: false,
    required: ['enrich_url', 'list', 'message'],
    properties: {
      enrich_url: {
        title: 'Enrichment URL',
        description: "Where the lead's company is asked about.",
        type: 'string',
        format: 'uri',
        minLength: 1,
        maxLength: 2048,
      },
      api_key: {
        title: 'API key',
        description: 'The secret that the enrichment service knows us by; none when empty.',
        type: ['string', 'null'],
        format: 'secret',
        default: null,
      },
      threshold: {
        title: 'Threshold',
        description: 'A lead is hot from this score on, 0 to 100.',
        type: 'integer',
        minimum: 0,
        maximum: 100,
        default: 50,
      },
      list: { title: 'List', description: 'The list that hot leads are put on.', type: 'string', format: 'list', minLength: 1 },
      message: {
        title: 'Message',
        description: 'What hot leads are written; {first_name} is their first name.',
        type: 'string',
        minLength: 1,
        maxLength: 10000,
      },
    },
  },

  /** @param {import('#hookbox').Call<Settings>} call */
  async run({ payload, contact, settings }) {
    const lead = leadOf(payload);
    const bonus = await bonusOf(lead, settings);
    const score = scoreOf(lead, contact, bonus);
    const hot = score >= settings.threshold;

    contacts.setField('lead_score', score);
    contacts.addTag(hot ? 'hot-lead' : 'cold-lead');
    if (hot) {
      lists.add(settings.list);
      messages.send(settings.message.replaceAll('{first_name}', () => firstNameOf(contact)));
    }
    const count = state.increment('leads:total');
    if (hot) {
      state.increment('leads:hot');
    }
    log.info(`scored ${score} of 100, ${hot ? 'hot' : 'cold'}`);
    return { score, hot, count };
  },
});

/**
 * What is known of the lead.
 * @param {any} payload
 * @returns {Lead}
 */
function leadOf(payload) {
  const company = typeof payload?.company === 'string' ? payload.company.trim() : '';
  if (company === '') {
    throw fail.permanent('no-company', 'the payload names no company');
  }
  const { employees, source } = payload;
  const counts = Number.isInteger(employees) && employees >= 0 && employees <= EMPLOYEES_MAX;
  return { company, employees: counts ? employees : null, source: typeof source === 'string' ? source : null };
}

/**
 * What the enrichment service gives the lead on top.
 * @param {Lead} lead
 * @param {Settings} settings
 */
async function bonusOf(lead, { enrich_url, api_key }) {
  const headers = api_key === null ? undefined : { authorization: `Bearer ${api_key}` };
  const answer = await asked(() => http.post(enrich_url, { headers, json: lead, timeoutMs: ENRICH_TIMEOUT_MS }));
  if (answer.status === 429 || (answer.status >= 500 && answer.status <= 599)) {
    throw answer.retryable(`the enrichment service answered ${answer.status}`);
  }
  if (!answer.ok) {
    throw fail.permanent('enrichment-refused', `the enrichment service answered ${answer.status}`);
  }
  const bonus = readBonus(answer.text());
  if (!Number.isInteger(bonus) || bonus < -100 || bonus > 100) {
    throw fail.permanent('enrichment-unreadable', 'the enrichment service gave no score_bonus');
  }
  return bonus;
}

/**
 * @template T
 * @param {() => Promise<T>} call
 */
async function asked(call) {
  try {
    return await call();
  } catch (error) {
    throw error instanceof HttpError ? fail.retryable('the enrichment service did not answer') : error;
  }
}

/** @param {string} text */
function readBonus(text) {
  try {
    return JSON.parse(text)?.score_bonus;
  } catch {
    return undefined;
  }
}

/**
 * @param {Lead} lead
 * @param {import('#hookbox').Contact} contact
 * @param {number} bonus
 */
function scoreOf({ employees, source }, contact, bonus) {
  const size = Math.min(Math.floor((employees ?? 0) / 10), 40);
  const points = (source !== null && POINTS_OF_SOURCE[source]) || 0;
  const vip = contact.tags.includes('vip') ? 10 : 0;
  return Math.max(0, Math.min(10 + size + points + vip + bonus, 100));
}

/** @param {import('#hookbox').Contact} contact */
function firstNameOf({ fields }) {
  return typeof fields.first_name === 'string' && fields.first_name !== '' ? fields.first_name : 'there';
}
