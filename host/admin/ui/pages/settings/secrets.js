/** Plugin secrets: texts that plugins use without seeing them, each with the places it may be sent to. Never shown again. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { Link } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { because } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, Notice } from "../../views/empty.js";
import { Field, Input, TextArea } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { lines } from "./lines.js";
import { SettingsPage } from "./shell.js";

/**
 * @typedef {import("api").Schemas["SecretGrant"]} GrantedTo
 * @typedef {import("api").Schemas["PluginSecret"]} Secret
 */

const LEAD = "Plugins use them by name and never see them: the host puts them into headers towards the places below, and nowhere else.";

export default function SecretsPage() {
  const { can } = useSession();
  const may = can("admin");
  const secrets = usePages(may ? "/plugin-secrets" : null, { limit: 200 });
  const [open, setOpen] = useState(/** @type {Secret | "new" | null} */ (null));
  const actions = html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen("new")}>New secret<//>`;
  const empty = html`<${Empty}
    icon="lock"
    title="No secrets yet"
    text="Keep the key of a service here, and name it in the settings of a step whose plugin is granted it."
    action=${actions}
  />`;
  const done = () => {
    setOpen(null);
    secrets.reload();
  };
  return html`<${SettingsPage} title="Plugin secrets" lead=${LEAD} needs="admin" actions=${actions}>
    <${Card} flush>
      <${Table} label="Plugin secrets" columns=${columnsOf(done)} ...${secrets} rows=${secrets.items} onOpen=${setOpen} empty=${empty} />
    <//>
    ${open && html`<${SecretDialog} secret=${open === "new" ? null : open} onClose=${() => setOpen(null)} onDone=${done} />`}
  <//>`;
}

/** @param {() => void} onGone */
function columnsOf(onGone) {
  return [
    { key: "name", title: "Name", width: "26%", wrap: true, cell: (/** @type {Secret} */ one) => html`<code class="strong">${one.name}</code>` },
    { key: "hosts", title: "May be sent to", wrap: true, cell: (/** @type {Secret} */ { hosts }) => places(hosts) },
    { key: "granted", title: "Granted to", width: "26%", wrap: true, hide: "narrow", cell: (/** @type {Secret} */ one) => granted(one.granted_to) },
    { key: "at", title: "Changed", width: "110px", hide: "medium", align: "right", cell: (/** @type {Secret} */ one) => html`<${Ago} at=${one.updated_at} />` },
    {
      key: "Remove",
      width: "56px",
      align: "right",
      cell: (/** @type {Secret} */ one) => html`<${Button} kind="quiet" small icon="trash-2" label=${`Forget ${one.name}`} onClick=${() => forget(one, onGone)} />`,
    },
  ];
}

/** @param {string[]} hosts */
function places(hosts) {
  return html`<ul class="secret-places">
    ${hosts.map((host) => html`<li>${host === "*" ? html`<${Badge} tone="warn">anywhere it may call<//>` : html`<code class="break">${host}</code>`}</li>`)}
  </ul>`;
}

/** @param {GrantedTo[]} all */
function granted(all) {
  const active = all.filter((one) => one.active);
  if (all.length === 0) return html`<span class="faint">no plugin</span>`;
  if (active.length === 0) return html`<span class="faint">no active plugin</span>`;
  return html`<ul class="secret-places">
    ${active.map(({ id, name, version }) => html`<li><${Link} to=${`/plugins/${id}`}>${name} ${version}<//></li>`)}
  </ul>`;
}

/**
 * @param {Secret} secret
 * @param {() => void} onGone
 */
async function forget({ name, granted_to }, onGone) {
  const used = granted_to.filter((one) => one.active).map((one) => one.name);
  const text = `${used.length > 0 ? `${used.join(", ")} may use it: calls that need it fail from then on. ` : ""}Its text cannot be brought back.`;
  if (!(await confirm({ title: `Forget ${name}?`, text, confirm: "Forget", danger: true, word: used.length > 0 ? name : undefined }))) return;
  try {
    await api.delete(`/plugin-secrets/${encodeURIComponent(name)}`);
    toast(`${name} is forgotten`);
    onGone();
  } catch (error) {
    failed(error);
  }
}

/** @param {{secret: Secret | null, onClose: () => void, onDone: () => void}} props */
function SecretDialog({ secret, onClose, onDone }) {
  const { values, set, fault, ...edit } = useEdit({ name: secret?.name ?? "", text: "", hosts: (secret?.hosts ?? []).join("\n") });
  const save = async () => {
    const saved = await edit.save(({ name, text, hosts }) => api.put("/plugin-secrets", { name, text, hosts: lines(hosts) }));
    if (!saved) return;
    toast(`${saved.name} is kept`);
    onDone();
  };
  const ready = values.name.trim() && values.text && lines(values.hosts).length > 0;
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!ready}>${secret ? "Replace" : "Keep"}<//>
  `;
  const everywhere = lines(values.hosts).includes("*");
  return html`<${Dialog} title=${secret ? `Replace ${secret.name}` : "New secret"} onClose=${onClose} onSubmit=${save} actions=${actions}>
    <div class="stack">
      ${edit.error && html`<${Notice} tone="bad" alert><p class="break">${because(edit.error)}</p><//>`}
      ${!secret &&
      html`<${Field} label="Name" hint="Letters, digits, dashes, underscores and dots; settings of steps name it." required error=${fault("name")}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} mono autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
      <//>`}
      <${Field} label=${secret ? "New text" : "Text"} hint="As it stands in a header, at most 4 KiB. It is sealed at once and never shown again." required error=${fault("text")}>
        ${(/** @type {any} */ field) =>
          html`<${Input}
            ...${field}
            mono
            type="password"
            autocomplete="off"
            autofocus=${Boolean(secret)}
            value=${values.text}
            onInput=${(/** @type {string} */ text) => set({ text })}
          />`}
      <//>
      <${Field} label="May be sent to" hint="One place a line, such as POST https://api.example.com; * is wherever the plugin may call." required error=${fault("hosts")}>
        ${(/** @type {any} */ field) =>
          html`<${TextArea} ...${field} mono rows=${3} grow=${false} value=${values.hosts} onInput=${(/** @type {string} */ hosts) => set({ hosts })} />`}
      <//>
      ${everywhere && html`<${Notice} tone="warn"><p>With * a plugin that may call anywhere can send it anywhere. Name the service if you can.</p><//>`}
    </div>
  <//>`;
}
