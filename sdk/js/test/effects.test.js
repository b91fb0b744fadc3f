import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Refusal, action, contacts, conversations, fail, lists, log, messages, state, stop } from '../hookbox.js';
import { Host } from '../mock.js';

const everything = ['contacts.read', 'contacts.write', 'contacts.tag', 'lists.write', 'conversations.write', 'messages.send', 'state', 'http', 'secret'];
const needs = everything.map((capability) => ({ capability, scope: '*', reason: 'to test' }));

/** A plugin that may do everything. */
const plugin = (run, more = {}) => action({ name: 'test', version: '1.0.0', title: 'Test', description: 'Tests', needs, run, ...more });

test('every effect is asked for in order and shown as the API shows it', async () => {
  const report = await new Host({ lists: ['a'], members: ['Ann'], inboxes: ['sales'] }).run(plugin(() => {
    contacts.setField('plan', 'gold');
    contacts.clearField('trial');
    contacts.addTag('vip');
    contacts.removeTag('new');
    lists.add('a');
    lists.remove('a');
    conversations.assign('Ann');
    conversations.unassign();
    conversations.close();
    conversations.reopen();
    conversations.addNote('called');
    assert.equal(messages.send('Hello'), 'msg_1');
    const media = [{ url: 'https://a.example/b.png', contentType: 'image/png' }];
    assert.equal(messages.send({ body: 'Hi', inbox: 'sales', media, sendAt: new Date(0) }), 'msg_2');
  }));
  assert.equal(report.failure, null);
  assert.deepEqual(report.effects, [
    { kind: 'set-field', name: 'plan', value: 'gold' },
    { kind: 'clear-field', name: 'trial' },
    { kind: 'add-tag', tag: 'vip' },
    { kind: 'remove-tag', tag: 'new' },
    { kind: 'add-to-list', list: 'a' },
    { kind: 'remove-from-list', list: 'a' },
    { kind: 'assign', to: 'Ann' },
    { kind: 'unassign' },
    { kind: 'close' },
    { kind: 'reopen' },
    { kind: 'add-note', body: 'called' },
    { kind: 'send', message: 'msg_1', inbox: null, body: 'Hello', media: [], send_at: null },
    {
      kind: 'send',
      message: 'msg_2',
      inbox: 'sales',
      body: 'Hi',
      media: [{ url: 'https://a.example/b.png', content_type: 'image/png' }],
      send_at: '1970-01-01T00:00:00.000Z',
    },
  ]);
});

test('what the host refuses says why and by a code, and ends the step unless it is caught', async () => {
  const cases = [
    [() => contacts.setField('phone', '1'), 'invalid', 'identifies the contact'],
    [() => contacts.setField('plan', NaN), 'invalid', 'no text, finite number'],
    [() => contacts.setField('plan', {}), 'invalid', 'no text, finite number'],
    [() => contacts.addTag(7), 'invalid', 'a tag is a text, not number'],
    [() => contacts.addTag(' vip'), 'invalid', 'no spaces at its ends'],
    [() => lists.add('nowhere'), 'invalid', 'there is no list "nowhere"'],
    [() => conversations.assign('nobody'), 'invalid', 'there is no member "nobody"'],
    [() => messages.send({ body: 'a', inbox: 'none' }), 'invalid', 'there is no inbox "none"'],
    [() => messages.send(''), 'invalid', '1 to 10000 characters'],
    [() => messages.send({ body: 'a', sendAt: 'tomorrow' }), 'invalid', 'RFC 3339'],
    [() => state.set('k', 'x'.repeat(65_537)), 'invalid', 'at most 65536 bytes'],
    [() => state.set('k', 'x', { ttlMs: 0 }), 'invalid', 'at least a millisecond'],
    [() => state.get(''), 'invalid', '1 to 256 bytes'],
    [() => state.increment('k', 0.5), 'invalid', 'no whole number'],
    [() => { for (let at = 0; at < 101; at += 1) contacts.addTag(`t${at}`); }, 'limit', 'at most 100 effects'],
  ];
  for (const [call, code, text] of cases) {
    const { failure, effects } = await new Host().run(plugin(call));
    assert.equal(failure?.kind, 'permanent', text);
    assert.equal(failure.code, code, text);
    assert.ok(failure.message.includes(text), failure.message);
    assert.deepEqual(effects, []);
  }
  const caught = await new Host().run(plugin(() => {
    assert.throws(() => lists.add('nowhere'), Refusal);
    return 'went on';
  }));
  assert.equal(caught.output, 'went on');
});

test('a missing grant is named', async () => {
  const { failure } = await new Host({ grants: [{ capability: 'lists.write', scope: ['a'] }], lists: ['a', 'b'] }).run(plugin(() => {
    lists.add('a');
    lists.add('b');
  }));
  assert.deepEqual([failure.code, failure.message], ['not-granted', 'not granted: lists.write for "b"']);
});

test('an action sees of the contact what it may read', async () => {
  const contact = { phone: '+12155556677', email: 'a@example.com', fields: { plan: 'gold', age: 7 }, tags: ['vip'], lists: ['a'] };
  const seen = async (scope) => {
    const grants = [{ capability: 'contacts.read', scope }];
    return (await new Host({ contact, grants }).run(plugin(({ contact: shown }) => shown))).output;
  };
  assert.deepEqual(await seen([]), { id: 'con_1', phone: null, email: null, fields: {}, tags: [], lists: [], optedOut: false });
  const whole = { id: 'con_1', phone: '+12155556677', email: 'a@example.com', fields: { plan: 'gold', age: 7 }, tags: ['vip'], lists: ['a'], optedOut: false };
  assert.deepEqual(await seen(['*']), whole);
  assert.deepEqual((await seen(['age'])).fields, { age: 7 });
});

test('a call brings values in place of JSON text', async () => {
  const situation = {
    payload: { a: [1] },
    settings: { given: 1 },
    steps: [{ name: 'lookup', output: { found: true } }],
    conversation: { assignee: 'Ann' },
  };
  const settings = { type: 'object', properties: { given: { default: 0 }, other: { default: [2] } } };
  const { output } = await new Host(situation).run(plugin(({ payload, payloadText, steps, settings: set, conversation, contact }) => ({
    payload, payloadText, steps, set, conversation, inherited: contact.fields.constructor ?? 'nothing',
  }), { settings }));
  assert.deepEqual(output, {
    payload: { a: [1] },
    payloadText: '{"a":[1]}',
    steps: { lookup: { found: true } },
    set: { given: 1, other: [2] },
    conversation: { id: 'cnv_1', inbox: 'support', assignee: 'Ann', state: 'open' },
    inherited: 'nothing',
  });
});

test('state is kept with the step, and forgotten with a step that fails', async () => {
  const counting = () => [state.increment('n', 2), state.increment('n'), state.get('other'), state.set('other', 'x'), state.delete('gone')];
  const report = await new Host({ state: { n: '40', gone: 'y' } }).run(plugin(counting));
  assert.deepEqual(report.output, [42, 43, null, null, null]);
  assert.deepEqual(report.state, { n: '43', other: 'x' });
  const failed = await new Host({ state: { n: '40' } }).run(plugin(() => {
    state.increment('n');
    throw fail.retryable('later', { afterMs: 5 });
  }));
  assert.deepEqual([failed.state, failed.failure], [{ n: '40' }, { kind: 'retryable', code: undefined, message: 'later', afterMs: 5 }]);
  const large = await new Host({ state: { n: '9007199254740991' } }).run(plugin(() => state.increment('n')));
  assert.equal(large.failure.code, 'invalid');
});

test('what an action returns is its output', async () => {
  const ended = async (run) => {
    const { outputText, next, failure } = await new Host().run(plugin(run));
    return [outputText, next, failure?.code];
  };
  assert.deepEqual(await ended(() => undefined), ['null', 'continue', undefined]);
  assert.deepEqual(await ended(async () => ({ a: 1 })), ['{"a":1}', 'continue', undefined]);
  assert.deepEqual(await ended(() => stop('done')), ['"done"', 'stop', undefined]);
  assert.deepEqual(await ended(() => 7n), [undefined, undefined, 'invalid-output']);
  assert.deepEqual(await ended(() => () => {}), [undefined, undefined, 'invalid-output']);
});

test('a fault of the plugin is thrown on, after its text went to the log', async () => {
  const calls = [];
  const faulty = plugin(() => {
    log.info('before');
    calls.push('called');
    return undefined.missing;
  });
  await assert.rejects(() => new Host().run(faulty), TypeError);
  assert.deepEqual(calls, ['called']);
});

test('without a host nothing can be called', () => {
  assert.throws(() => contacts.addTag('vip'), /run the action by Host.run/);
});

test('an action without what every action has is refused', () => {
  assert.throws(() => action({ name: 'x', version: '1.0.0', title: 'X', run() {} }), /has a description/);
  assert.throws(() => action({ name: 'x', version: '1.0.0', title: 'X', description: 'x' }), /has a function run/);
});

test('calls that run at once keep to their own host', async () => {
  const slow = plugin(async ({ payload }) => {
    await new Promise((resolve) => { setImmediate(resolve); });
    contacts.addTag(payload.tag);
  });
  const reports = await Promise.all(['a', 'b'].map((tag) => new Host({ payload: { tag } }).run(slow)));
  assert.deepEqual(reports.map(({ effects }) => effects[0].tag), ['a', 'b']);
});
