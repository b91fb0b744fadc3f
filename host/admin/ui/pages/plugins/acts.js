/** What can be done to a version, each with the question before it: activate, deactivate, go back, refuse, remove. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { because } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Dialog, confirm } from "../../views/dialog.js";
import { Field, TextArea } from "../../views/field.js";
import { failed, toast } from "../../views/toast.js";

/**
 * @typedef {import("./data.js").Plugin} Plugin
 * @typedef {import("./data.js").Detail} Detail
 */

/** The longest reason of a refusal that the API takes, in characters. */
const REASON_CHARS_MAX = 1_000;

/** @param {Plugin} plugin */
function called({ manifest }) {
  return `${manifest.name} ${manifest.version}`;
}

/**
 * Asks the API for an act, and tells what came of it.
 * @param {() => Promise<Detail>} act
 * @param {string} done
 * @returns {Promise<Detail | null>} null when it was refused
 */
async function asked(act, done) {
  try {
    const detail = await act();
    toast(done, "ok");
    return detail;
  } catch (error) {
    failed(error);
    return null;
  }
}

/**
 * @param {Plugin} plugin
 * @param {Plugin | null} active The version that it takes the place of.
 */
export async function activate(plugin, active) {
  const place = active ? ` instead of ${active.manifest.version}` : "";
  const text = `New runs take ${called(plugin)}${place} from now on. Runs under way finish on the version they began with.`;
  if (!(await confirm({ title: `Activate ${called(plugin)}?`, text, confirm: "Activate" }))) return null;
  return asked(() => api.post(`/plugins/${plugin.id}/activate`, {}), `${called(plugin)} is active`);
}

/** @param {Detail} plugin */
export async function deactivate(plugin) {
  const { length } = plugin.used_by;
  const used = length > 0 ? ` ${length === 1 ? "One automation uses" : `${length} automations use`} it.` : "";
  const text = `New runs take the host's own ${plugin.manifest.name}, if there is one; else their steps with it fail.${used}`;
  if (!(await confirm({ title: `Deactivate ${called(plugin)}?`, text, confirm: "Deactivate", danger: true }))) return null;
  return asked(() => api.post(`/plugins/${plugin.id}/deactivate`, {}), `${called(plugin)} is no longer active`);
}

/**
 * @param {Plugin} plugin The active version.
 * @param {Plugin} before The one to go back to.
 */
export async function rollBack(plugin, before) {
  const text = `New runs take ${before.manifest.version} instead of ${plugin.manifest.version} from now on. Runs under way finish on theirs.`;
  const title = `Go back to ${called(before)}?`;
  if (!(await confirm({ title, text, confirm: `Go back to ${before.manifest.version}` }))) return null;
  return asked(() => api.post(`/plugins/${plugin.id}/rollback`, {}), `${called(before)} is active again`);
}

/**
 * @param {Plugin} plugin
 * @returns {Promise<boolean>}
 */
export async function remove(plugin) {
  const text = "Its component is deleted. What its name remembers stays, and so do the runs that took it.";
  if (!(await confirm({ title: `Remove ${called(plugin)}?`, text, confirm: "Remove", danger: true }))) return false;
  return (await asked(() => api.delete(`/plugins/${plugin.id}`), `${called(plugin)} was removed`)) !== null;
}

/** @param {{plugin: Plugin, onClose: () => void, onDone: (plugin: Detail) => void}} props */
export function RefuseDialog({ plugin, onClose, onDone }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const refuse = async () => {
    setBusy(true);
    try {
      onDone(await api.post(`/plugins/${plugin.id}/refuse`, { reason }));
      toast(`${called(plugin)} was refused`, "ok");
      onClose();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const actions = html`
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="danger" type="submit" busy=${busy} disabled=${reason.trim() === ""}>Refuse<//>
  `;
  const text = "It may not run then. You can approve it later to take that back.";
  return html`<${Dialog} title=${`Refuse ${called(plugin)}?`} lead=${text} onClose=${onClose} onSubmit=${refuse} actions=${actions}>
    <${Field} label="Why" hint="For whoever wrote it; kept in the audit log." required error=${error ? because(error) : undefined}>
      ${(/** @type {any} */ field) => html`<${TextArea} ...${field} value=${reason} maxlength=${REASON_CHARS_MAX} rows=${4} grow=${false} onInput=${setReason} />`}
    <//>
  <//>`;
}
