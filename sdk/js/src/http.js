// Calls to other machines: a request is put together and checked here, the host sends it, a whole answer comes back.

import { Refusal, fail } from './errors.js';
import { host } from './host.js';

/** The largest body of a request, and of an answer unless `answerBytesMax` asks for less. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;

/** The longest URL, in bytes. */
const URL_BYTES_MAX = 8 * 1024;

/** The most digits of `retry-after` that are taken: 11 days. */
const RETRY_AFTER = /^[0-9]{1,6}$/;

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Control characters but the tab. Written out: the engine in a component knows no classes of Unicode. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** @typedef {import('../hookbox.js').http.Options} Options */

/**
 * @param {string} url
 * @param {Options} [options]
 */
export const get = (url, options) => send('GET', url, options);

/**
 * @param {string} url
 * @param {Options} [options]
 */
export const post = (url, options) => send('POST', url, options);

/**
 * @param {string} url
 * @param {Options} [options]
 */
export const put = (url, options) => send('PUT', url, options);

/**
 * @param {string} url
 * @param {Options} [options]
 */
export const patch = (url, options) => send('PATCH', url, options);

/**
 * @param {string} url
 * @param {Options} [options]
 */
const remove = (url, options) => send('DELETE', url, options);

export { remove as delete };

/**
 * @param {string} method
 * @param {string} url
 * @param {Options} [options]
 */
export async function send(method, url, options = {}) {
  if (!/^[A-Z]+$/.test(method)) {
    throw new Refusal('invalid', `the method "${method}" is not in capitals`);
  }
  const { timeoutMs, answerBytesMax = BODY_BYTES_MAX } = options;
  if (timeoutMs !== undefined && !(Number.isSafeInteger(timeoutMs) && timeoutMs > 0)) {
    throw new Refusal('invalid', 'timeoutMs is a whole number of milliseconds');
  }
  const { body, type } = bodyOf(options);
  const headers = headersOf(options.headers ?? {}, type);
  const address = addressOf(withQuery(url, options.query));
  const bytesMax = Math.min(answerBytesMax, BODY_BYTES_MAX);
  return new Response(await host().http({ method, address, headers, body, timeoutMs, answerBytesMax: bytesMax }));
}

/** The answer to a request, whatever its status is. */
export class Response {
  /** @param {import('./wire.d.ts').WireResponse} answer */
  constructor({ status, headers, body }) {
    this.status = status;
    this.headers = headers;
    this.bytes = body;
  }

  get ok() {
    return this.status >= 200 && this.status <= 299;
  }

  /** @param {string} name */
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([header]) => header === wanted)?.[1] ?? null;
  }

  text() {
    return new TextDecoder().decode(this.bytes);
  }

  json() {
    try {
      return JSON.parse(this.text());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw fail.permanent('unexpected-answer', `the answer is not what was expected: ${why}`);
    }
  }

  get retryAfterMs() {
    const seconds = this.header('retry-after')?.trim() ?? '';
    return RETRY_AFTER.test(seconds) ? Number(seconds) * 1000 : undefined;
  }

  /** @param {string} message */
  retryable(message) {
    return fail.retryable(message, { afterMs: this.retryAfterMs });
  }
}

/** @param {Options} options */
function bodyOf({ json, text, bytes }) {
  const given = [json, text, bytes].filter((body) => body !== undefined);
  if (given.length > 1) {
    throw new Refusal('invalid', 'a request has one body: json, text or bytes');
  }
  const encode = (/** @type {string} */ written) => new TextEncoder().encode(written);
  let body;
  let type;
  if (json !== undefined) {
    [body, type] = [encode(JSON.stringify(json)), 'application/json'];
  } else if (text !== undefined) {
    [body, type] = [encode(text), 'text/plain; charset=utf-8'];
  } else {
    body = bytes;
  }
  if (body && body.length > BODY_BYTES_MAX) {
    throw new Refusal('limit', `the body of a request has at most ${BODY_BYTES_MAX} bytes`);
  }
  return { body, type };
}

/**
 * Names a wrong header; the host would only say that one is wrong. Values are not shown: they may be confidential.
 * @param {Record<string, string>} given
 * @param {string | undefined} type
 * @returns {[string, string][]}
 */
function headersOf(given, type) {
  /** @type {[string, string][]} */
  const headers = Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]);
  for (const [name, value] of headers) {
    if (!HEADER_NAME.test(name)) {
      throw new Refusal('invalid', `"${name}" is no name of a header`);
    }
    if (CONTROL.test(value)) {
      throw new Refusal('invalid', `the value of header ${name} has control characters`);
    }
  }
  if (type && !headers.some(([name]) => name === 'content-type')) {
    headers.push(['content-type', type]);
  }
  return headers;
}

/**
 * @param {string} url
 * @param {Record<string, string | number | boolean>} [query]
 */
function withQuery(url, query) {
  const parameters = Object.entries(query ?? {}).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  if (parameters.length === 0) {
    return url;
  }
  const front = url.split('#')[0];
  const between = !front.includes('?') ? '?' : /[?&]$/.test(front) ? '' : '&';
  return front + between + parameters.join('&');
}

/**
 * Takes a URL apart, as it stands. What follows `#` is for browsers and left out.
 * @param {string} url
 * @returns {import('./wire.d.ts').Address}
 */
export function addressOf(url) {
  const wrong = (/** @type {string} */ why) =>
    new Refusal('invalid', `"${String(url).slice(0, 200)}" is no URL that can be called: ${why}`);
  if (typeof url !== 'string' || url.length > URL_BYTES_MAX) {
    throw wrong(`it is no text of at most ${URL_BYTES_MAX} bytes`);
  }
  if (/[^\x21-\x7e]/.test(url)) {
    throw wrong('spaces and letters past ASCII are written in percent (%20), in names of hosts as xn--');
  }
  const [, scheme, rest] = /^(https?):\/\/([^#]*)/i.exec(url) ?? [];
  if (scheme === undefined) {
    throw wrong('it does not begin with https:// or http://');
  }
  const end = rest.search(/[/?]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const path = end < 0 ? '' : rest.slice(end);
  if (authority === '') {
    throw wrong('it names no host');
  }
  if (authority.includes('@')) {
    throw wrong('a user and password do not belong into it; there is the header authorization');
  }
  return { secure: scheme.toLowerCase() === 'https', authority, pathWithQuery: path.startsWith('/') ? path : `/${path}` };
}

/**
 * Method and place, as a scope of `http` names them.
 * @param {string} method
 * @param {import('./wire.d.ts').Address} address
 */
export function scopeOf(method, { secure, authority }) {
  const ownPort = secure ? ':443' : ':80';
  const lower = authority.toLowerCase();
  const place = lower.endsWith(ownPort) ? lower.slice(0, -ownPort.length) : lower;
  return `${method} ${secure ? 'https' : 'http'}://${place}`;
}

/**
 * The refusal of a call that is not granted, in the words of a real host.
 * @param {string} scope
 */
export const notGranted = (scope) => new Refusal('not-granted', `not granted: http for "${scope}"`);
