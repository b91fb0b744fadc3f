/** What a plugin remembers in the workspace, by key: seen, and forgotten by hand. It belongs to the name, not to a version. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useSession } from "../../core/session.js";
import { Ago, bytes } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { confirm } from "../../views/dialog.js";
import { Empty } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";

/**
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("api").Schemas["PluginState"]} Entry
 */

/** @param {{plugin: Detail, onChange: () => void}} props */
export function MemoryTab({ plugin, onChange }) {
  const { can } = useSession();
  const path = `/plugins/${plugin.id}/state`;
  const pages = usePages(path);
  const [forgetting, setForgetting] = useState(false);
  const done = (/** @type {number} */ forgotten) => {
    toast(`${plural(forgotten, "key")} forgotten`, "ok");
    pages.reload();
    onChange();
  };
  const forget = async (/** @type {Entry} */ { key }) => {
    const text = `“${key}” is gone from then on, also for runs that are under way. The audit log keeps the key, not the value.`;
    if (!(await confirm({ title: "Forget this key?", text, confirm: "Forget", danger: true }))) return;
    await told(async () => done((await api.delete(`${path}/${encodeURIComponent(key)}`)).forgotten));
  };
  const forgetAll = async () => {
    const text = `Everything that ${plugin.manifest.name} remembers in this workspace is gone then: ${plural(plugin.state.keys, "key")}.`;
    if (!(await confirm({ title: "Forget everything?", text, confirm: "Forget everything", danger: true }))) return;
    setForgetting(true);
    await told(async () => done(await everything(path)));
    setForgetting(false);
  };
  const columns = [
    { key: "key", title: "Key", cell: (/** @type {Entry} */ { key }) => html`<code>${key}</code>` },
    { key: "value", title: "Value", cell: (/** @type {Entry} */ { value }) => html`<code class="memory-value">${value}</code>` },
    { key: "end", title: "Gone", width: "8rem", hide: "narrow", cell: (/** @type {Entry} */ { expires_at }) => end(expires_at) },
    {
      key: "act",
      width: "6rem",
      align: "right",
      cell: (/** @type {Entry} */ entry) =>
        can("admin") && html`<${Button} kind="quiet" small onClick=${() => forget(entry)}>Forget<//>`,
    },
  ];
  const lead = `${plural(plugin.state.keys, "key")}, ${bytes(plugin.state.bytes)}, shared by all versions of ${plugin.manifest.name}`;
  const actions =
    can("admin") &&
    plugin.state.keys > 0 &&
    html`<${Button} kind="danger" busy=${forgetting} onClick=${forgetAll}>Forget everything<//>`;
  const empty = html`<${Empty}
    icon="archive"
    title="It remembers nothing"
    text="What a plugin keeps between runs by its state interface is shown here."
  />`;
  return html`<${Card} title="What it remembers" lead=${lead} actions=${actions} flush>
    <${Table}
      label="What it remembers"
      columns=${columns}
      ...${pages}
      rows=${pages.items}
      rowKey=${(/** @type {Entry} */ { key }) => key}
      empty=${empty}
    />
  <//>`;
}

/** @param {string | null | undefined} at */
function end(at) {
  return at ? html`<${Ago} at=${at} />` : html`<span class="faint">never</span>`;
}

/**
 * Forgets all keys, as many at a time as one request takes.
 * @param {string} path
 */
async function everything(path) {
  let forgotten = 0;
  for (let more = true; more; ) {
    const answer = await api.delete(path);
    forgotten += answer.forgotten;
    more = answer.more && answer.forgotten > 0;
  }
  return forgotten;
}

/** @param {() => Promise<void>} act */
async function told(act) {
  try {
    await act();
  } catch (error) {
    failed(error);
  }
}
