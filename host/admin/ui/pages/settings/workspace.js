/** The workspace itself: its name, its country and zone, and how many messages may leave it. */
import { api } from "../../core/api.js";
import { html, useMemo, useState } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { useLeaveGuard } from "../../core/router.js";
import { readSession, useSession } from "../../core/session.js";
import { Moment } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Combobox } from "../../views/combobox.js";
import { Copy } from "../../views/copy.js";
import { ErrorBox, Skeleton } from "../../views/empty.js";
import { Field, Form, Input } from "../../views/field.js";
import { Pairs } from "../../views/pairs.js";
import { toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { NewWorkspaceDialog } from "./new-workspace.js";
import { countries, zones } from "./places.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("api").Schemas["Workspace"]} Workspace */

const LEAD = "What is meant where nothing else is said, and how many messages may leave at most.";

export default function WorkspacePage() {
  const { me, workspace } = useSession();
  const [making, setMaking] = useState(false);
  const actions = me?.operator && html`<${Button} icon="plus" onClick=${() => setMaking(true)}>New workspace<//>`;
  const id = workspace?.id;
  const read = useLoad((signal) => api.get(`/workspaces/${id}`, { signal }), [id]);
  return html`<${SettingsPage} title="Workspace" lead=${LEAD} actions=${actions}>
    ${making && html`<${NewWorkspaceDialog} onClose=${() => setMaking(false)} />`}
    ${read.error && html`<${ErrorBox} error=${read.error} retry=${read.reload} />`}
    ${read.data
      ? html`<${Edit} key=${read.data.id} workspace=${read.data} onSaved=${read.set} />`
      : !read.error && html`<${Card}><${Skeleton} height=${380} /><//>`}
  <//>`;
}

/** @param {Workspace} workspace */
function valuesOf({ name, country, zone, caps }) {
  return {
    name,
    country,
    zone,
    per_day: String(caps.per_day),
    per_contact_per_day: String(caps.per_contact_per_day),
    per_contact_per_minute: String(caps.per_contact_per_minute),
  };
}

/** @param {{workspace: Workspace, onSaved: (workspace: Workspace) => void}} props */
function Edit({ workspace, onSaved }) {
  const { can } = useSession();
  const edit = useEdit(valuesOf(workspace));
  const mayChange = can("admin");
  useLeaveGuard(edit.dirty);
  const save = async () => {
    const saved = await edit.save(({ name, country, zone, ...caps }) =>
      api.patch(`/workspaces/${workspace.id}`, { name, country, zone, caps: numbers(caps) }),
    );
    if (!saved) return;
    toast("The workspace is saved");
    edit.begin(valuesOf(saved));
    onSaved(saved);
    if (saved.name !== workspace.name) await readSession();
  };
  const actions =
    mayChange &&
    html`
      <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!edit.dirty || !CAPS.every(([key]) => isWhole(edit.values[key]))}>Save<//>
      <${Button} kind="quiet" disabled=${!edit.dirty || edit.busy} onClick=${() => edit.begin(valuesOf(workspace))}>Discard<//>
    `;
  return html`
    <${Form} onSubmit=${save} busy=${edit.busy} error=${edit.error} actions=${actions}>
      <${Card} title="General"><${General} edit=${edit} off=${!mayChange} /><//>
      <${Card} title="Caps" lead="How many messages may leave, counted by days of the workspace’s zone."><${Caps} edit=${edit} off=${!mayChange} /><//>
    <//>
    <${Card} title="For the command line and the API">
      <${Pairs}
        items=${[
          ["Id", html`<${Copy} text=${workspace.id} />`],
          ["Header", html`<${Copy} text=${`Hookbox-Workspace: ${workspace.name}`} />`],
          ["Made", html`<${Moment} at=${workspace.created_at} whole />`],
        ]}
      />
    <//>
  `;
}

/** Numbers as the API takes them. @param {Record<string, string>} texts */
function numbers(texts) {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Number(text)]));
}

/** Whether a text is a whole number that is not below zero. @param {string} text */
function isWhole(text) {
  return /^\d{1,15}$/.test(text.trim());
}

/** @param {{edit: import("./edit.js").Edit<ReturnType<typeof valuesOf>>, off: boolean}} props */
function General({ edit: { values, set, fault }, off }) {
  const lands = useMemo(countries, []);
  const clocks = useMemo(zones, []);
  return html`<div class="stack">
    <${Field} label="Name" hint="Unique on this host. Scripts name the workspace by it." error=${fault("name")}>
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} value=${values.name} disabled=${off} onInput=${(/** @type {string} */ name) => set({ name })} />`}
    <//>
    <div class="grid-2">
      <${Field} label="Country" hint="Phone numbers without + are read as numbers of this country." error=${fault("country")}>
        ${(/** @type {any} */ field) =>
          html`<${Combobox} ...${field} options=${lands} value=${values.country} disabled=${off} onChange=${(/** @type {string} */ country) => set({ country })} />`}
      <//>
      <${Field} label="Time zone" hint="Days, office hours and quiet hours are meant in it." error=${fault("zone")}>
        ${(/** @type {any} */ field) =>
          html`<${Combobox} ...${field} options=${clocks} value=${values.zone} disabled=${off} onChange=${(/** @type {string} */ zone) => set({ zone })} />`}
      <//>
    </div>
  </div>`;
}

/** Each cap: its key, its label, what becomes of what is more. @type {["per_day" | "per_contact_per_day" | "per_contact_per_minute", string, string][]} */
const CAPS = [
  ["per_day", "In all on one day", "What is more is held until the next day."],
  ["per_contact_per_day", "To one contact on one day", "What is more is suppressed."],
  ["per_contact_per_minute", "To one contact in a minute", "Against loops; what is more is suppressed."],
];

/** @param {{edit: import("./edit.js").Edit<ReturnType<typeof valuesOf>>, off: boolean}} props */
function Caps({ edit: { values, set, fault }, off }) {
  return html`<div class="grid-3">
    ${CAPS.map(
      ([key, label, hint]) => html`<${Field} key=${key} label=${label} hint=${hint} error=${isWhole(values[key]) ? fault(key) : "A whole number, 0 or more"}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} type="number" min="0" inputmode="numeric" suffix="messages" value=${values[key]} disabled=${off} onInput=${(/** @type {string} */ text) => set({ [key]: text })} />`}
      <//>`,
    )}
  </div>`;
}
