// HTTP calls of a component: our request through `wasi:http`, and its answer back. Nothing here waits but on the host.
//
// A request is under way from the call on, so several that are begun before the first `await` wait together.

import { handle } from 'wasi:http/outgoing-handler@0.2.12';
import { Fields, IncomingBody, OutgoingBody, OutgoingRequest, RequestOptions, httpErrorCode } from 'wasi:http/types@0.2.12';

import { HttpError, Refusal } from './errors.js';
import { notGranted, scopeOf } from './http.js';

/** The most bytes of an answer that are taken at once. */
const READ_BYTES_MAX = 65536n;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];

const INVALID = ['HTTP-request-method-invalid', 'HTTP-request-URI-invalid', 'HTTP-request-URI-too-long', 'HTTP-request-length-required'];

const LIMITS = [
  'connection-limit-reached',
  'HTTP-request-body-size',
  'HTTP-request-header-section-size',
  'HTTP-request-header-size',
  'HTTP-request-trailer-section-size',
  'HTTP-request-trailer-size',
  'HTTP-response-header-section-size',
  'HTTP-response-header-size',
  'HTTP-response-body-size',
  'HTTP-response-trailer-section-size',
  'HTTP-response-trailer-size',
];

const TIMEOUTS = ['DNS-timeout', 'connection-timeout', 'connection-read-timeout', 'connection-write-timeout', 'HTTP-response-timeout'];

const dispose = Symbol.dispose ?? Symbol.for('dispose');

/** @type {Pick<import('./wire.d.ts').Host, 'http'>} */
export const withHttp = {
  async http(outgoing) {
    const scope = scopeOf(outgoing.method, outgoing.address);
    const coming = begin(outgoing, scope);
    await undefined;
    const answer = answered(coming, scope);
    const headers = headersOf(answer);
    return { status: answer.status(), headers, body: read(answer, outgoing.answerBytesMax, scope) };
  },
};

/**
 * Hands the request over and writes its body. The body comes second: before the request is handed over nobody takes it. Without
 * one none is opened, so that the request does not go out as one of unknown length.
 * @param {import('./wire.d.ts').WireRequest} outgoing
 * @param {string} scope
 */
function begin(outgoing, scope) {
  const request = new OutgoingRequest(fieldsOf(outgoing));
  const { secure, authority, pathWithQuery } = outgoing.address;
  try {
    request.setMethod(methodOf(outgoing.method));
    request.setScheme({ tag: secure ? 'HTTPS' : 'HTTP' });
    request.setAuthority(authority);
    request.setPathWithQuery(pathWithQuery);
  } catch {
    throw new Refusal('invalid', `the host does not take the URL of ${scope}`);
  }
  const body = outgoing.body && request.body();
  const coming = told(scope, () => handle(request, optionsOf(outgoing.timeoutMs)));
  if (outgoing.body) {
    write(body, outgoing.body);
  }
  return coming;
}

/**
 * The headers, and the length of the body: many services refuse one that comes without.
 * @param {import('./wire.d.ts').WireRequest} outgoing
 */
function fieldsOf({ method, headers, body }) {
  const fields = new Fields();
  const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
  for (const [name, value] of headers) {
    try {
      fields.append(name, bytes(value));
    } catch (error) {
      throw wrongHeader(name, /** @type {any} */ (error)?.payload?.tag);
    }
  }
  if (body || ['POST', 'PUT', 'PATCH'].includes(method)) {
    fields.set('content-length', [bytes(String(body?.length ?? 0))]);
  }
  return fields;
}

/**
 * @param {string} name
 * @param {string | undefined} tag
 */
function wrongHeader(name, tag) {
  if (tag === 'size-exceeded') {
    return new Refusal('limit', 'the headers are too large');
  }
  return new Refusal('invalid', tag === 'forbidden' ? `header ${name} is set by the host alone` : `header ${name} is wrongly written`);
}

/** @param {string} name */
function methodOf(name) {
  return METHODS.includes(name) ? { tag: name.toLowerCase() } : { tag: 'other', val: name };
}

/** @param {number | undefined} timeoutMs */
function optionsOf(timeoutMs) {
  const options = new RequestOptions();
  if (timeoutMs !== undefined) {
    const nanoseconds = BigInt(timeoutMs) * 1_000_000n;
    options.setConnectTimeout(nanoseconds);
    options.setFirstByteTimeout(nanoseconds);
    options.setBetweenBytesTimeout(nanoseconds);
  }
  return options;
}

/**
 * Writes the body, as much at once as the host takes. A service may answer before it took the whole body; only without an
 * answer is that a fault, and then the answer's error tells it.
 * @param {any} body
 * @param {Uint8Array} bytes
 */
function write(body, bytes) {
  const stream = body.write();
  try {
    writeAll(stream, bytes);
  } catch {
    stream[dispose]();
    body[dispose]();
    return;
  }
  stream[dispose]();
  try {
    OutgoingBody.finish(body, undefined);
  } catch {
    // As above: what became of it, the answer tells.
  }
}

/**
 * @param {any} stream
 * @param {Uint8Array} bytes
 */
function writeAll(stream, bytes) {
  const ready = stream.subscribe();
  try {
    for (let at = 0; at < bytes.length; ) {
      ready.block();
      const room = Number(stream.checkWrite());
      stream.write(bytes.subarray(at, at + room));
      at += room;
    }
    stream.flush();
    ready.block();
    stream.checkWrite();
  } finally {
    ready[dispose]();
  }
}

/**
 * @param {any} coming
 * @param {string} scope
 */
function answered(coming, scope) {
  const ready = coming.subscribe();
  ready.block();
  ready[dispose]();
  const answer = coming.get();
  coming[dispose]();
  if (answer?.tag !== 'ok') {
    throw new HttpError('network', `${scope}: the host gave no answer`);
  }
  if (answer.val.tag !== 'ok') {
    throw errorOf(answer.val.val, scope);
  }
  return answer.val.val;
}

/**
 * @param {any} answer
 * @returns {[string, string][]}
 */
function headersOf(answer) {
  const fields = answer.headers();
  const text = new TextDecoder();
  const headers = fields.entries().map((/** @type {[string, Uint8Array]} */ [name, value]) => [name.toLowerCase(), text.decode(value)]);
  fields[dispose]();
  return headers;
}

/**
 * @param {any} answer
 * @param {number} bytesMax
 * @param {string} scope
 */
function read(answer, bytesMax, scope) {
  const body = answer.consume();
  const stream = body.stream();
  try {
    return readAll(stream, bytesMax, scope);
  } finally {
    stream[dispose]();
    body[dispose]();
    answer[dispose]();
  }
}

/**
 * @param {any} stream
 * @param {number} bytesMax
 * @param {string} scope
 */
function readAll(stream, bytesMax, scope) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  for (;;) {
    const part = readPart(stream, scope);
    if (part === undefined) {
      return joined(parts, length);
    }
    parts.push(part);
    length += part.length;
    if (length > bytesMax) {
      throw new Refusal('limit', `the body of the answer has more than ${bytesMax} bytes`);
    }
  }
}

/**
 * @param {any} stream
 * @param {string} scope
 * @returns {Uint8Array | undefined}
 */
function readPart(stream, scope) {
  try {
    return stream.blockingRead(READ_BYTES_MAX);
  } catch (error) {
    const { tag, val } = /** @type {any} */ (error)?.payload ?? {};
    if (tag === 'closed') {
      return undefined;
    }
    if (tag !== 'last-operation-failed') {
      throw error;
    }
    const code = httpErrorCode(val);
    throw code ? errorOf(code, scope) : new HttpError('network', `${scope}: the answer broke off: ${val.toDebugString()}`);
  }
}

/**
 * @param {Uint8Array[]} parts
 * @param {number} length
 */
function joined(parts, length) {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @template R
 * @param {string} scope
 * @param {() => R} call
 */
function told(scope, call) {
  try {
    return call();
  } catch (error) {
    const code = /** @type {any} */ (error)?.payload;
    throw code?.tag ? errorOf(code, scope) : error;
  }
}

/**
 * What the host said, in our words. `scope` names the call.
 * @param {{ tag: string, val?: any }} code
 * @param {string} scope
 */
function errorOf({ tag, val }, scope) {
  if (tag === 'HTTP-request-denied') {
    return notGranted(scope);
  }
  if (tag === 'destination-IP-prohibited') {
    return new Refusal('not-granted', `${scope} leads to an address that may not be called`);
  }
  if (INVALID.includes(tag)) {
    return new Refusal('invalid', `${scope}: the request is wrong: ${tag}`);
  }
  if (LIMITS.includes(tag)) {
    return new Refusal('limit', `${scope}: a limit is reached: ${tag}`);
  }
  if (TIMEOUTS.includes(tag)) {
    return new HttpError('timeout', `${scope}: nothing came in time: ${tag}`);
  }
  const why = tag === 'internal-error' && val ? val : `there is no answer: ${tag}`;
  return new HttpError('network', `${scope}: ${why}`);
}
