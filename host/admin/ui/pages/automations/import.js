/** Importing a document in YAML: looked at by the host first, with every fault at its line, then applied. */

import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { useLoad, useSettled } from "../../core/load.js";
import { navigate } from "../../core/router.js";
import { plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Editor } from "../../views/code.js";
import { Dialog } from "../../views/dialog.js";
import { DropZone } from "../../views/drop-zone.js";
import { ErrorBox, Notice } from "../../views/empty.js";
import { Field } from "../../views/field.js";
import { toast } from "../../views/toast.js";
import { applyYaml } from "./acts.js";
import { MadeDialog } from "./made.js";

/** @typedef {import("api").Schemas["DocumentCheck"]} Looked */

/** A document larger than this is no automation, in bytes. */
const BYTES_MAX = 1 << 20;

/** @param {{onClose: () => void, onDone: () => void}} props */
export function ImportDialog({ onClose, onDone }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [made, setMade] = useState(/** @type {import("./acts.js").Applied | null} */ (null));
  const settled = useSettled(text, 300);
  const looked = useLoad(async (signal) => (settled.trim() === "" ? null : look(settled, signal)), [settled]);
  const found = settled === text && !looked.loading ? looked.data : null;
  const refused = settled === text ? looked.error : null;

  const take = async (/** @type {File} */ file) => {
    setError(null);
    if (file.size > BYTES_MAX) setError(new Error(`${file.name} is too large for a document.`));
    else setText(await file.text());
  };
  const apply = async () => {
    if (!found || found.faults.length > 0) return;
    setBusy(true);
    try {
      const applied = await applyYaml(text);
      onDone();
      if (applied.key) return setMade(applied);
      toast(applied.changed ? `${applied.name} is at version ${applied.version}` : `${applied.name} was the same already`);
      await navigate(`/automations/${applied.id}`);
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };

  if (made) return html`<${MadeDialog} made=${made} onClose=${() => navigate(`/automations/${made.id}`)} />`;
  const ready = found !== null && found.faults.length === 0;
  const actions = html`<${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" type="submit" busy=${busy} disabled=${!ready}>${found?.automation ? "Save as a new version" : "Create draft"}<//>`;
  const marks = [...(found?.faults ?? []).filter((one) => one.line).map(({ line, message }) => ({ line, message, tone: "bad" })), ...lineOf(refused)];
  return html`<${Dialog} wide title="Import an automation" lead="A document as “Export YAML” and hookbox automation export write it."
    onClose=${onClose} onSubmit=${apply} actions=${actions}>
    <div class="stack">
      ${text === "" && html`<${DropZone} accept=".yaml,.yml,.json" onFile=${take} title="Drop a YAML file here"
        text="or choose one; you can paste it below as well" />`}
      <${Field} label="Document" hideLabel>${(/** @type {any} */ field) => html`<${Editor} ...${field} language="yaml" rows=${text === "" ? 6 : 18}
        value=${text} onInput=${setText} marks=${marks} label="Document in YAML" />`}<//>
      ${found && html`<${Verdict} found=${found} />`}
      ${(error || refused) && html`<${ErrorBox} error=${error ?? refused} />`}
    </div>
  <//>`;
}

/** @param {{found: Looked}} props */
function Verdict({ found }) {
  if (found.faults.length === 0) {
    const { name } = /** @type {{name: string}} */ (found.document);
    const text = found.automation
      ? `The automation “${name}” is there and becomes what this says. Its versions before stay.`
      : `“${name}” is new here. It is made as a draft, with a key of its own.`;
    return html`<${Notice} tone="ok" title="Nothing is wrong with it">${text}<//>`;
  }
  const placeless = found.faults.filter((fault) => !fault.line);
  return html`<${Notice} tone="bad" title=${`${plural(found.faults.length, "thing")} to mend first`}>
    ${placeless.length > 0 && html`<ul class="fault-list">${placeless.map((fault) => html`<li><code>${fault.path}</code> ${fault.message}</li>`)}</ul>`}
  <//>`;
}

/**
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<Looked>}
 */
function look(text, signal) {
  return api.post("/automations/check", text, { type: "application/yaml", signal });
}

/** @param {any} error */
function lineOf(error) {
  const at = error?.faults?.[0];
  const line = Number(at?.at?.match(/line (\d+)/)?.[1]);
  return line ? [{ line, message: at.message, tone: "bad" }] : [];
}
