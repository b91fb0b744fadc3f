import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Host, fixtures } from '#hookbox/mock';
import * as plugin from './action.js';

const all = fixtures(new URL('../fixtures/', import.meta.url));
const hot = all.find(({ name }) => name.startsWith('a hot lead'));

for (const fixture of all) {
  test(fixture.name, () => fixture.check(plugin));
}

test('it asks and is set up as the other languages have it', () => {
  const manifest = plugin.describe();
  const expected = JSON.parse(readFileSync(new URL('../manifest.json', import.meta.url), 'utf8'));
  assert.deepEqual({ ...manifest, settings: JSON.parse(manifest.settings) }, expected);
});

test('a service that does not answer is asked again later', async () => {
  for (const error of ['timeout', 'closed']) {
    const { situation } = hot;
    const report = await new Host({ ...situation, http: [{ ...situation.http[0], answer: { error } }] }).run(plugin);
    assert.deepEqual(report.failure, {
      kind: 'retryable',
      code: undefined,
      message: 'the enrichment service did not answer',
      afterMs: undefined,
    });
    assert.deepEqual([report.effects, report.state], [[], situation.state]);
  }
});

test('a place that is not granted fails the step for good and names the grant', async () => {
  const grants = plugin.describe().needs.filter(({ capability }) => capability !== 'http');
  const { failure } = await new Host({ ...hot.situation, grants, http: [] }).run(plugin);
  assert.equal(failure.kind, 'permanent');
  assert.equal(failure.code, 'not-granted');
  assert.equal(failure.message, 'not granted: http for "POST https://enrich.example.com"');
});

test('a list that is not there fails the step for good', async () => {
  const { failure, effects } = await new Host({ ...hot.situation, lists: [] }).run(plugin);
  assert.equal(failure.code, 'invalid');
  assert.deepEqual(effects, []);
});
