/** Contact fields that the workspace declares: what each holds. One that is not declared holds any single value. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useSession } from "../../core/session.js";
import { because, sentence } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, Notice } from "../../views/empty.js";
import { Check, Field, Input, Select, TextArea } from "../../views/field.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { lines } from "./lines.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("api").Schemas["Field"]} Declared */

const KINDS = ["text", "number", "date", "boolean", "choice"].map((value) => ({ value, label: sentence(value) }));
const LEAD = "What the fields of contacts hold. Mappings are checked against it; a field that is not declared holds any single value.";

export default function FieldsPage() {
  const { can } = useSession();
  const fields = usePages("/fields", { limit: 500 });
  const [open, setOpen] = useState(/** @type {Declared | "new" | null} */ (null));
  const mayChange = can("admin");
  const actions = mayChange && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen("new")}>Declare a field<//>`;
  const empty = html`<${Empty}
    icon="braces"
    title="No field is declared"
    text="Contacts can have any field. Declare those whose values should be checked: dates, numbers, choices."
    action=${actions}
  />`;
  const done = () => {
    setOpen(null);
    fields.reload();
  };
  return html`<${SettingsPage} title="Contact fields" lead=${LEAD} actions=${actions}>
    <${Card} flush>
      <${Table}
        label="Declared fields"
        columns=${columnsOf(mayChange, done)}
        ...${fields}
        rows=${fields.items}
        onOpen=${mayChange ? setOpen : undefined}
        empty=${empty}
      />
    <//>
    ${open && html`<${FieldDialog} field=${open === "new" ? null : open} onClose=${() => setOpen(null)} onDone=${done} />`}
  <//>`;
}

/**
 * @param {boolean} mayChange
 * @param {() => void} onGone
 */
function columnsOf(mayChange, onGone) {
  const columns = [
    { key: "name", title: "Name", cell: (/** @type {Declared} */ one) => html`<code>${one.name}</code>` },
    { key: "kind", title: "Holds", width: "50%", wrap: true, cell: (/** @type {Declared} */ one) => holds(one) },
  ];
  const cell = (/** @type {Declared} */ one) => html`<${Button} kind="quiet" small icon="trash-2" label=${`Take the declaration of ${one.name} away`} onClick=${() => remove(one, onGone)} />`;
  return mayChange ? [...columns, { key: "Remove", width: "56px", align: "right", cell }] : columns;
}

/** @param {Declared} field */
function holds({ kind, options, many }) {
  if (kind !== "choice") return `${sentence(kind)}${many ? ", several" : ""}`;
  return `${many ? "Several" : "One"} of ${options.join(", ")}`;
}

/**
 * @param {Declared} field
 * @param {() => void} onGone
 */
async function remove({ id, name }, onGone) {
  const text = "The values that contacts have stay as they are; they are no longer checked.";
  if (!(await confirm({ title: `Take the declaration of ${name} away?`, text, confirm: "Take it away", danger: true }))) return;
  try {
    await api.delete(`/fields/${id}`);
    toast(`${name} is no longer declared`);
    onGone();
  } catch (error) {
    failed(error);
  }
}

/** @param {{field: Declared | null, onClose: () => void, onDone: () => void}} props */
function FieldDialog({ field, onClose, onDone }) {
  const first = { name: field?.name ?? "", kind: field?.kind ?? "text", options: (field?.options ?? []).join("\n"), many: field?.many ?? false };
  const { values, set, fault, ...edit } = useEdit(first);
  const save = async () => {
    const saved = await edit.save(({ options, ...rest }) => {
      const body = { ...rest, options: rest.kind === "choice" ? lines(options) : [] };
      return field ? api.patch(`/fields/${field.id}`, body) : api.post("/fields", body);
    });
    if (!saved) return;
    toast(`${saved.name} is declared`);
    onDone();
  };
  const changes = field && (values.kind !== field.kind || values.many !== field.many);
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.name.trim()}>${field ? "Save" : "Declare"}<//>
  `;
  return html`<${Dialog} title=${field ? `Change ${field.name}` : "Declare a contact field"} onClose=${onClose} onSubmit=${save} actions=${actions}>
    <div class="stack">
      ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
      <${Field} label="Name" hint="As mappings and templates say it, such as birthday." required error=${fault("name")}>
        ${(/** @type {any} */ control) =>
          html`<${Input} ...${control} mono autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
      <//>
      <${Field} label="Holds" error=${fault("kind")}>
        ${(/** @type {any} */ control) =>
          html`<${Select} ...${control} options=${KINDS} value=${values.kind} onChange=${(/** @type {any} */ kind) => set({ kind })} />`}
      <//>
      ${values.kind === "choice" &&
      html`<${Field} label="Options" hint="One a line." required error=${fault("options")}>
        ${(/** @type {any} */ control) =>
          html`<${TextArea} ...${control} rows=${4} grow=${false} value=${values.options} onInput=${(/** @type {string} */ options) => set({ options })} />`}
      <//>`}
      <${Check} label="Several values" hint="A contact can have more than one." checked=${values.many} onChange=${(/** @type {boolean} */ many) => set({ many })} />
      ${changes && html`<${Notice} tone="info"><p>Values that are stored stay as they are.</p><//>`}
    </div>
  <//>`;
}
