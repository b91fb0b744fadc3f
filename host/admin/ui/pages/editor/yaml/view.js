/** The document in YAML, beside the form and in step with it: what is typed here stands there, and the other way round. */

import { html } from "../../../core/html.js";
import { plural } from "../../../core/words.js";
import { CopyButton } from "../../../views/copy.js";
import { Editor } from "../../../views/code.js";

/** @param {{draft: import("../state.js").Draft, small?: boolean}} props */
export function YamlView({ draft, small = false }) {
  const { yaml, unread, faults, lines, locked } = draft;
  const readOnly = locked && unread === null;
  const marks = unread
    ? [{ line: unread.line ?? 1, message: unread.message, tone: "bad" }]
    : Object.entries(faults).map(([path, message]) => ({ line: lines[path] ?? 1, message, tone: "bad" })).sort((one, other) => one.line - other.line);
  const state = readOnly ? "to be read only"
    : unread ? html`<span class="tone-bad">cannot be read</span>`
    : draft.checking ? "looking …"
    : marks.length > 0 ? html`<span class="tone-bad">${plural(marks.length, "fault")}</span>` : "nothing wrong";
  return html`<div class="yaml-view" data-path="">
    <div class="yaml-bar small"><span class="muted" aria-live="polite">${state}</span><${CopyButton} text=${yaml} label="Copy the document" /></div>
    <${Editor} language="yaml" value=${yaml} onInput=${draft.setYaml} marks=${marks} rows=${small ? 20 : 24} height=${4000}
      label="The document in YAML" invalid=${marks.length > 0} readOnly=${readOnly} />
    <p class="faint small">The form follows what you type. Comments last until the form is changed; a saved version keeps none.</p>
  </div>`;
}
