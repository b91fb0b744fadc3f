import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HttpError, Refusal, action, http } from '../hookbox.js';
import { Host } from '../mock.js';
import { addressOf, scopeOf } from '../src/http.js';
import { allows } from '../src/mock/outside.js';

const needs = [{ capability: 'http', scope: '*', reason: 'to test' }, { capability: 'secret', scope: '*', reason: 'to test' }];
const plugin = (run, settings) => action({ name: 'test', version: '1.0.0', title: 'Test', description: 'Tests', needs, settings, run });

/** What came of one call of `run`, which gets `answer`. */
const called = (run, exchange) => new Host({ http: exchange ? [exchange] : [] }).run(plugin(run));

test('a request is sent as it was put together, and the whole answer comes back', async () => {
  const request = {
    method: 'POST',
    url: 'https://api.example.com/a?b=1&c%20d=%C3%A4%26',
    headers: { 'content-type': 'application/json', 'x-a': 'b', authorization: null },
    json: { n: 1 },
  };
  const answer = { status: 404, headers: { 'Retry-After': '30' }, json: { why: 'none' } };
  const report = await called(async () => {
    const options = { headers: { 'X-A': 'b' }, query: { 'c d': 'ä&' }, json: { n: 1 } };
    const got = await http.post('https://api.example.com/a?b=1#top', options);
    return [got.status, got.ok, got.header('RETRY-AFTER'), got.retryAfterMs, got.json(), got.header('none')];
  }, { request, answer });
  assert.deepEqual(report.output, [404, false, '30', 30_000, { why: 'none' }, null]);
  assert.deepEqual(report.requests, [
    { method: 'POST', url: request.url, headers: { 'x-a': 'b', 'content-type': 'application/json' }, body: '{"n":1}' },
  ]);
  assert.deepEqual(report.callsLeft, []);
});

test('what cannot be sent is refused before it is sent', async () => {
  const cases = [
    [() => http.send('get', 'https://a.example'), 'not in capitals'],
    [() => http.get('api.example.com'), 'does not begin with https://'],
    [() => http.get('https://u:p@a.example'), 'a user and password'],
    [() => http.get('https://a.example/b c'), 'in percent'],
    [() => http.get('https:///b'), 'names no host'],
    [() => http.get('https://a.example', { headers: { 'a b': 'c' } }), 'no name of a header'],
    [() => http.get('https://a.example', { headers: { a: 'b\nc' } }), 'header a has control characters'],
    [() => http.post('https://a.example', { json: 1, text: '1' }), 'one body'],
    [() => http.get('https://a.example', { timeoutMs: -1 }), 'milliseconds'],
    [() => http.post('https://a.example', { bytes: new Uint8Array(http.BODY_BYTES_MAX + 1) }), 'at most 10485760 bytes'],
  ];
  for (const [run, text] of cases) {
    const { failure, requests } = await called(run);
    assert.equal(failure?.kind, 'permanent', text);
    assert.ok(failure.message.includes(text), failure.message);
    assert.deepEqual(requests, []);
  }
});

test('no answer is tried again, a refused place is not', async () => {
  const request = { method: 'GET', url: 'https://a.example/' };
  for (const [error, code] of [['timeout', 'timeout'], ['closed', 'network']]) {
    const report = await called(() => http.get(request.url), { request, answer: { error } });
    assert.equal(report.failure.kind, 'retryable');
    const caught = await called(async () => http.get(request.url).catch((thrown) => [thrown instanceof HttpError, thrown.code]), { request, answer: { error } });
    assert.deepEqual(caught.output, [true, code]);
  }
  const denied = await new Host({ grants: [{ capability: 'http', scope: ['GET https://b.example'] }] }).run(plugin(() => http.get(request.url)));
  assert.deepEqual([denied.failure.code, denied.failure.message], ['not-granted', 'not granted: http for "GET https://a.example"']);
});

test('an answer larger than wanted is refused', async () => {
  const exchange = { request: { method: 'GET', url: 'https://a.example/' }, answer: { text: '12345' } };
  const { failure } = await called(() => http.get('https://a.example', { answerBytesMax: 4 }), exchange);
  assert.equal(failure.code, 'limit');
});

test('a call that is not expected fails the test', async () => {
  await assert.rejects(() => called(() => http.get('https://a.example')), /no call is expected here/);
  const other = { request: { method: 'GET', url: 'https://b.example/' } };
  await assert.rejects(() => called(() => http.get('https://a.example'), other), /GET https:\/\/b.example\/ is expected here/);
  assert.deepEqual((await called(() => 1, other)).callsLeft, ['GET https://b.example/']);
});

test('a secret is a placeholder for the action and its text for the service it is for', async () => {
  const settings = { type: 'object', properties: { key: { type: 'string', format: 'secret' } } };
  const situation = { settings: { key: 'crm' }, secrets: { crm: { text: 's3cret', hosts: ['https://a.example'] } } };
  const run = (url, header) => new Host({ ...situation, http: [{ request: { method: 'GET', url } }] }).run(
    plugin(async ({ settings: { key } }) => {
      await http.get(url, { headers: { authorization: header(key) } });
      return key;
    }, settings),
  );
  const sent = await run('https://a.example/', (key) => `Bearer ${key}`);
  assert.equal(sent.requests[0].headers.authorization, 'Bearer s3cret');
  assert.ok(!sent.output.includes('s3cret') && sent.output !== 'crm');
  const basic = await run('https://a.example/', (key) => `Basic ${Buffer.from(`user:${key}`).toString('base64')}`);
  assert.equal(basic.requests[0].headers.authorization, `Basic ${Buffer.from('user:s3cret').toString('base64')}`);
  const elsewhere = await run('https://b.example/', (key) => `Bearer ${key}`);
  assert.equal(elsewhere.failure.code, 'not-granted');
});

test('a call is granted by method, scheme, host and port', () => {
  const check = (scope, method, url, expected) => assert.equal(allows(scope, method, addressOf(url)), expected, `${scope} ${method} ${url}`);
  check('POST https://api.example.com', 'POST', 'https://API.example.com:443/x', true);
  check('https://api.example.com/', 'GET', 'https://api.example.com/x?y', true);
  check('* https://api.example.com:8443', 'GET', 'https://api.example.com:8443', true);
  check('http://[::1]:8080', 'GET', 'http://[::1]:8080/', true);
  check('*', 'DELETE', 'http://anything:1', true);
  check('GET https://*.example.com', 'GET', 'https://a.b.example.com', true);
  check('POST https://api.example.com', 'GET', 'https://api.example.com', false);
  check('https://api.example.com', 'GET', 'http://api.example.com', false);
  check('https://api.example.com', 'GET', 'https://api.example.com:8443', false);
  check('https://api.example.com', 'GET', 'https://api.example.com.evil.net', false);
  check('https://*.example.com', 'GET', 'https://example.com', false);
  check('https://*.example.com', 'GET', 'https://evilexample.com', false);
  check('https://api.example.com/path', 'GET', 'https://api.example.com/path', false);
  check('api.example.com', 'GET', 'https://api.example.com', false);
});

test('a call is named as the grant that allows it', () => {
  assert.equal(scopeOf('POST', addressOf('https://API.example.com:443/x')), 'POST https://api.example.com');
  assert.equal(scopeOf('POST', addressOf('http://api.example.com:443/x')), 'POST http://api.example.com:443');
  assert.throws(() => addressOf('ftp://a'), Refusal);
});
