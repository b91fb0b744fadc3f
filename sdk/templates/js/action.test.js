import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Host, fixtures } from '#hookbox/mock';
import * as plugin from './action.js';

for (const fixture of fixtures(new URL('./fixtures/', import.meta.url))) {
  test(fixture.name, () => fixture.check(plugin));
}

test('a list that is not there fails the step for good', async () => {
  const host = new Host({ payload: { source: 'fair' }, settings: { list: 'nowhere' } });
  const { failure, effects } = await host.run(plugin);
  assert.equal(failure.code, 'invalid');
  assert.deepEqual(effects, []);
});
