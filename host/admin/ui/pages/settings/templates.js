/** Templates: texts that steps use by name, kept once for the workspace. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useSession } from "../../core/session.js";
import { Ago, count } from "../../core/time.js";
import { because } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { CopyButton } from "../../views/copy.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, Notice } from "../../views/empty.js";
import { Field, Input, TextArea } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("api").Schemas["Template"]} Template */

const LEAD = "Texts that steps use as {{templates.name}}. A change is used by steps that run from then on.";

export default function TemplatesPage() {
  const { can } = useSession();
  const templates = usePages("/templates", { limit: 200 });
  const [open, setOpen] = useState(/** @type {Template | "new" | null} */ (null));
  const mayChange = can("editor");
  const actions = mayChange && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen("new")}>New template<//>`;
  const empty = html`<${Empty}
    icon="message-square"
    title="No templates yet"
    text="Keep a text once and use it in many steps, such as {{templates.order_shipped}}."
    action=${actions}
  />`;
  const done = () => {
    setOpen(null);
    templates.reload();
  };
  return html`<${SettingsPage} title="Templates" lead=${LEAD} actions=${actions}>
    <${Card} flush>
      <${Table}
        label="Templates"
        columns=${columnsOf(mayChange, done)}
        ...${templates}
        rows=${templates.items}
        onOpen=${setOpen}
        empty=${empty}
      />
    <//>
    ${open &&
    html`<${TemplateDialog} template=${open === "new" ? null : open} off=${!mayChange} onClose=${() => setOpen(null)} onDone=${done} />`}
  <//>`;
}

/**
 * @param {boolean} mayChange
 * @param {() => void} onGone
 */
function columnsOf(mayChange, onGone) {
  const columns = [
    { key: "name", title: "Name", wrap: true, cell: (/** @type {Template} */ one) => html`<code>${one.name}</code>` },
    { key: "body", title: "Text", width: "52%", cell: (/** @type {Template} */ one) => html`<span class="truncate muted">${one.body}</span>` },
    { key: "at", title: "Changed", width: "120px", hide: "narrow", align: "right", cell: (/** @type {Template} */ one) => html`<${Ago} at=${one.updated_at} />` },
  ];
  const cell = (/** @type {Template} */ one) => html`<${Button} kind="quiet" small icon="trash-2" label=${`Remove ${one.name}`} onClick=${() => remove(one, onGone)} />`;
  return mayChange ? [...columns, { key: "Remove", width: "56px", align: "right", cell }] : columns;
}

/**
 * @param {Template} template
 * @param {() => void} onGone
 */
async function remove({ id, name }, onGone) {
  const text = "Steps that name it fail from then on, until they are changed.";
  if (!(await confirm({ title: `Remove ${name}?`, text, confirm: "Remove", danger: true }))) return;
  try {
    await api.delete(`/templates/${id}`);
    toast(`${name} is removed`);
    onGone();
  } catch (error) {
    failed(error);
  }
}

/** @param {{template: Template | null, off: boolean, onClose: () => void, onDone: () => void}} props */
function TemplateDialog({ template, off, onClose, onDone }) {
  const { values, set, fault, ...edit } = useEdit({ name: template?.name ?? "", body: template?.body ?? "" });
  const save = async () => {
    const saved = await edit.save((body) => (template ? api.patch(`/templates/${template.id}`, body) : api.post("/templates", body)));
    if (!saved) return;
    toast(`${saved.name} is saved`);
    onDone();
  };
  const renamed = template && values.name !== template.name;
  const ready = values.name.trim() && values.body && !off;
  const token = `{{templates.${values.name || "name"}}}`;
  const actions = html`
    <${Button} onClick=${onClose}>${off ? "Close" : "Cancel"}<//>
    ${!off && html`<${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!ready || !edit.dirty}>Save<//>`}
  `;
  return html`<${Dialog} wide title=${template ? template.name : "New template"} onClose=${onClose} onSubmit=${off ? undefined : save} actions=${actions}>
    <div class="stack">
      ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
      <${Field} label="Name" hint="Small letters, digits and _, such as order_shipped." required error=${fault("name")}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} mono autofocus=${!template} disabled=${off} value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
      <//>
      ${renamed && html`<${Notice} tone="warn"><p>Documents name it by its name: change them too, or their steps fail.</p><//>`}
      <${Field}
        label="Text"
        aside=${html`<span class="num">${count(values.body.length)} characters</span>`}
        hint="Its {{…}} are filled in where a step uses it, such as {{contact.first_name}}."
        required
        error=${fault("body")}
      >
        ${(/** @type {any} */ field) =>
          html`<${TextArea} ...${field} rows=${8} grow=${false} disabled=${off} value=${values.body} onInput=${(/** @type {string} */ body) => set({ body })} />`}
      <//>
      <p class="row muted small">Steps use it as <code>${token}</code> <${CopyButton} text=${token} label="Copy how steps use it" /></p>
    </div>
  <//>`;
}
