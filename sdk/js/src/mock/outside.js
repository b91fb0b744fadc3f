// The outside as a test says it is: where calls may go, what answers them, and secrets as a real host keeps them from actions.

import { HttpError, Refusal } from '../errors.js';
import { addressOf, notGranted, scopeOf } from '../http.js';
import { granted, scopes } from './rules.js';

/** @typedef {{ placeholder: string, text: string, hosts: string[] }} Secret */
/** @typedef {import('../wire.d.ts').WireRequest} WireRequest */

/**
 * Secrets by name. The end of a placeholder keeps it from being the beginning of another.
 * @param {Record<string, { text: string, hosts: string[] }>} secrets
 * @returns {Map<string, Secret>}
 */
export function secretsOf(secrets) {
  const placeholder = (/** @type {string} */ name) => `hookbox-secret-${Buffer.from(name).toString('hex')}.`;
  return new Map(Object.entries(secrets).map(([name, secret]) => [name, { ...secret, placeholder: placeholder(name) }]));
}

/**
 * The settings as an action gets them: where the schema says `format: secret`, the name gives way to its placeholder.
 * @param {any} schema
 * @param {any} settings
 * @param {Map<string, Secret>} secrets
 * @param {import('./rules.js').Grants} grants
 * @returns {any}
 */
export function hide(schema, settings, secrets, grants) {
  const within = (/** @type {any} */ inner, /** @type {any} */ value) => hide(inner ?? {}, value, secrets, grants);
  if (schema.format === 'secret' && typeof settings === 'string') {
    granted(grants, 'secret', settings);
    const secret = secrets.get(settings);
    if (!secret) {
      throw new Refusal('invalid', `there is no secret ${JSON.stringify(settings)}`);
    }
    return secret.placeholder;
  }
  if (Array.isArray(settings)) {
    return settings.map((item) => within(schema.items, item));
  }
  if (settings !== null && typeof settings === 'object') {
    const inner = (/** @type {string} */ name) => schema.properties?.[name] ?? schema.additionalProperties;
    return Object.fromEntries(Object.entries(settings).map(([name, member]) => [name, within(inner(name), member)]));
  }
  return settings;
}

/**
 * Whether a scope of `http` allows the call: `*`, or a method (any when there is none) and an origin, whose host may be
 * `*.example.com`. What is no scope allows nothing.
 * @param {string} scope
 * @param {string} method
 * @param {import('../wire.d.ts').Address} address
 */
export function allows(scope, method, address) {
  if (scope === '*') {
    return true;
  }
  const space = scope.indexOf(' ');
  const [allowedMethod, place] = space < 0 ? ['*', scope] : [scope.slice(0, space), scope.slice(space + 1)];
  let allowed;
  try {
    allowed = addressOf(place);
  } catch {
    return false;
  }
  const [host, port] = placeOf(address);
  const [allowedHost, allowedPort] = placeOf(allowed);
  const below = allowedHost.startsWith('*.') && host.endsWith(allowedHost.slice(1)) && host.length > allowedHost.length - 1;
  const atMethod = allowedMethod === '*' || allowedMethod === method;
  const atPlace = allowed.secure === address.secure && port === allowedPort && (below || host === allowedHost);
  return allowed.pathWithQuery === '/' && atMethod && atPlace;
}

/** @param {import('../wire.d.ts').Address} address */
function placeOf({ secure, authority }) {
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(authority.toLowerCase()) ?? [];
  return [host, port ?? (secure ? '443' : '80')];
}

/** The calls that have to come, in this order, each with its answer. */
export class Outside {
  /**
   * @param {import('../../mock.js').Exchange[]} exchanges
   * @param {Map<string, Secret>} secrets
   * @param {import('./rules.js').Grants} grants
   */
  constructor(exchanges, secrets, grants) {
    this.left = [...exchanges];
    this.secrets = secrets;
    this.grants = grants;
    /** @type {import('../../mock.js').Sent[]} */
    this.requests = [];
  }

  /** @param {WireRequest} outgoing */
  answer(outgoing) {
    const { method, address, body, answerBytesMax } = outgoing;
    const scope = scopeOf(method, address);
    if (!scopes(this.grants, 'http').some((allowed) => allows(allowed, method, address))) {
      throw notGranted(scope);
    }
    const headers = outgoing.headers.map(([name, value]) => [name, this.reveal(value, method, address)]);
    const url = urlOf(address);
    this.requests.push({ method, url, headers: Object.fromEntries(headers), body: new TextDecoder().decode(body) });
    return answerOf(this.expected(method, url), answerBytesMax, scope);
  }

  /**
   * @param {string} method
   * @param {string} url
   */
  expected(method, url) {
    const next = this.left.shift();
    if (!next) {
      throw new Error(`the action calls ${method} ${url}, and no call is expected here`);
    }
    const wanted = urlOf(addressOf(next.request.url));
    if (next.request.method !== method || wanted !== url) {
      throw new Error(`the action calls ${method} ${url}, and ${next.request.method} ${wanted} is expected here`);
    }
    return next.answer ?? {};
  }

  /**
   * A header's value as it leaves the host: texts in the places of placeholders, also within `Basic …`.
   * @param {string} value
   * @param {string} method
   * @param {import('../wire.d.ts').Address} address
   */
  reveal(value, method, address) {
    const [, basic] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(value) ?? [];
    if (basic) {
      const swapped = this.swap(Buffer.from(basic, 'base64').toString(), method, address);
      return `Basic ${Buffer.from(swapped).toString('base64')}`;
    }
    return this.swap(value, method, address);
  }

  /**
   * @param {string} value
   * @param {string} method
   * @param {import('../wire.d.ts').Address} address
   */
  swap(value, method, address) {
    for (const [name, { placeholder, text, hosts }] of this.secrets) {
      if (!value.includes(placeholder)) {
        continue;
      }
      if (!hosts.some((scope) => allows(scope, method, address))) {
        throw new Refusal('not-granted', `secret "${name}" may not be sent to "${scopeOf(method, address)}"`);
      }
      value = value.replaceAll(placeholder, () => text);
    }
    return value;
  }
}

/** @param {import('../wire.d.ts').Address} address */
const urlOf = ({ secure, authority, pathWithQuery }) => `${secure ? 'https' : 'http'}://${authority}${pathWithQuery}`;

/**
 * @param {import('../../mock.js').Answer} answer
 * @param {number} bytesMax
 * @param {string} scope
 */
function answerOf({ status = 200, headers = {}, json, text, error }, bytesMax, scope) {
  if (error) {
    throw new HttpError(error === 'timeout' ? 'timeout' : 'network', `${scope}: the test gives no answer: ${error}`);
  }
  const body = new TextEncoder().encode(json === undefined ? (text ?? '') : JSON.stringify(json));
  if (body.length > bytesMax) {
    throw new Refusal('limit', `the body of the answer has more than ${bytesMax} bytes`);
  }
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  /** @type {[string, string][]} */
  const all = Object.entries({ ...type, ...headers }).map(([name, value]) => [name.toLowerCase(), value]);
  return { status, headers: all, body };
}
