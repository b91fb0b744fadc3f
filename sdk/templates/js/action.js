// {{title}}: what an automation does with it is said below, in `description`.

import { action, contacts, fail, lists, log } from '#hookbox';

/** @typedef {{ list: string }} Settings */

export const { describe, run } = action({
  name: '{{name}}',
  version: '0.1.0',
  title: '{{title}}',
  description: 'Puts the contact on a list, and notes where it came from.',
  // What an automation sets: JSON Schema. It makes the form, and settings are checked against it before every call.
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['list'],
    properties: {
      list: { title: 'List', description: 'The list that contacts are put on.', type: 'string', format: 'list', minLength: 1 },
    },
  },
  // What it asks to be allowed. An admin reads the reasons.
  needs: [
    { capability: 'contacts.write', scope: 'source', reason: 'Where the contact came from is kept there' },
    { capability: 'lists.write', scope: '*', reason: 'The list is chosen in the settings' },
  ],

  /** @param {import('#hookbox').Call<Settings>} call */
  async run({ payload, settings }) {
    const source = payload?.source;
    if (typeof source !== 'string') {
      throw fail.permanent('no-source', 'the payload does not say where the contact came from');
    }
    contacts.setField('source', source);
    lists.add(settings.list);
    log.info(`came from ${source}`);
    return { source };
  },
});
