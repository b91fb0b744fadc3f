/** Making another workspace, which an operator may: nothing in one sees anything of another. */
import { api } from "../../core/api.js";
import { html, useMemo } from "../../core/html.js";
import { chooseWorkspace, readSession } from "../../core/session.js";
import { because } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Combobox } from "../../views/combobox.js";
import { Dialog } from "../../views/dialog.js";
import { Notice } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { toast } from "../../views/toast.js";
import { useEdit } from "./edit.js";
import { countries, zones } from "./places.js";

/** @param {{onClose: () => void}} props */
export function NewWorkspaceDialog({ onClose }) {
  const lands = useMemo(countries, []);
  const clocks = useMemo(zones, []);
  const { values, set, fault, ...edit } = useEdit({ name: "", country: "US", zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" });
  const save = async () => {
    const made = await edit.save((body) => api.post("/workspaces", body));
    if (!made) return;
    toast(`You are in ${made.name} now`);
    await readSession();
    chooseWorkspace(made.id);
    onClose();
  };
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!values.name.trim()}>Make it<//>
  `;
  const lead = "With contacts, automations and users of its own. Nothing in one workspace sees anything of another.";
  return html`<${Dialog} title="New workspace" lead=${lead} onClose=${onClose} onSubmit=${save} actions=${actions}>
    ${edit.error && html`<${Notice} tone="bad" alert><p>${because(edit.error)}</p><//>`}
    <${Field} label="Name" hint="Unique on this host." required error=${fault("name")}>
      ${(/** @type {any} */ field) =>
        html`<${Input} ...${field} autofocus value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
    <//>
    <${Field} label="Country" hint="Phone numbers without + are read as numbers of this country." error=${fault("country")}>
      ${(/** @type {any} */ field) =>
        html`<${Combobox} ...${field} options=${lands} value=${values.country} onChange=${(/** @type {string} */ country) => set({ country })} />`}
    <//>
    <${Field} label="Time zone" hint="Days, office hours and quiet hours are meant in it." error=${fault("zone")}>
      ${(/** @type {any} */ field) =>
        html`<${Combobox} ...${field} options=${clocks} value=${values.zone} onChange=${(/** @type {string} */ zone) => set({ zone })} />`}
    <//>
  <//>`;
}
