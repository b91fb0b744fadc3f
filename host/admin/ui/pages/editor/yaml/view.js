/** The document in YAML, beside the form and in step with it: what is typed here stands there, and the other way round. */

import { html } from "../../../core/html.js";
import { plural } from "../../../core/words.js";
import { CopyButton } from "../../../views/copy.js";
import { Editor } from "../../../views/code.js";
import { parts } from "../pointer.js";

/** @param {{draft: import("../state.js").Draft, small?: boolean}} props */
export function YamlView({ draft, small = false }) {
  const { yaml, unread, faults, locked } = draft;
  const readOnly = locked && unread === null;
  const marks = unread
    ? [{ line: unread.line ?? 1, message: unread.message, tone: "bad" }]
    : Object.entries(faults).map(([path, message]) => ({ line: draft.lines[path] ?? lineOf(yaml, path), message, tone: "bad" })).sort((one, other) => one.line - other.line);
  const state = unread ? html`<span class="tone-bad">cannot be read</span>`
    : draft.checking ? "looking …"
    : marks.length > 0 ? html`<span class="tone-bad">${plural(marks.length, "fault")}</span>` : "nothing wrong";
  return html`<div class="yaml-view" data-path="">
    <div class="yaml-bar small"><span class="muted" aria-live="polite">${state}</span><${CopyButton} text=${yaml} label="Copy the document" /></div>
    <${Editor} language="yaml" value=${yaml} onInput=${draft.setYaml} marks=${marks} rows=${small ? 20 : 24} height=${4000} label="The document in YAML" invalid=${marks.length > 0} readOnly=${readOnly} />
    <p class="faint small">The form follows what you type. Comments last until the form is changed; a saved version keeps none.</p>
  </div>`;
}

/**
 * The line of a place, in the block style that the host writes: keys are looked for one below the other, by their indent.
 * What stands within one line, or is not there, has the line of what is around it.
 * @param {string} yaml
 * @param {string} path
 * @returns {number} from 1
 */
export function lineOf(yaml, path) {
  const lines = yaml.split("\n");
  let [at, indent] = [0, -1];
  for (const part of parts(path)) {
    const next = childLine(lines, at, indent, part);
    if (next === null) break;
    [at, indent] = next;
  }
  return at + 1;
}

/**
 * Where a member of what begins at a line is.
 * @param {string[]} lines
 * @param {number} from
 * @param {number} indent how far what begins there is indented; -1 for the document
 * @param {string} part
 * @returns {[line: number, indent: number] | null}
 */
function childLine(lines, from, indent, part) {
  const isIndex = /^\d+$/.test(part);
  /** @type {number | null} */
  let inner = null;
  let count = 0;
  for (let at = indent < 0 ? 0 : from; at < lines.length; at += 1) {
    const text = /** @type {string} */ (lines[at]);
    if (text.trim() === "" || text.trimStart().startsWith("#")) continue;
    const { depth, key, isItem } = told(text, at === from ? indent : -1);
    const own = text.search(/\S/);
    if (at > from && indent >= 0 && own < indent + (isIndex ? 0 : 1) && !(isItem && own === indent)) return null;
    if (at === from && indent >= 0 && !isItem) continue;
    if (isIndex && isItem && (inner === null || own === inner) && at >= from) {
      inner = own;
      if (count === Number(part)) return [at, own];
      count += 1;
    } else if (!isIndex && key === part && depth > indent && (inner === null || depth === inner)) {
      return [at, depth];
    } else if (!isIndex && inner === null && depth > indent && key !== null) {
      inner = depth;
    }
  }
  return null;
}

/**
 * The key of a line and how far it is indented, after the dash of an item.
 * @param {string} text
 * @param {number} _around
 */
function told(text, _around) {
  const dash = text.match(/^(\s*)((?:-\s+)+|-$)/);
  const depth = dash ? dash[0].length : text.search(/\S/);
  const key = text.slice(depth).match(/^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s:#][^:]*?))\s*:(?:\s|$)/);
  return { depth, isItem: dash !== null, key: key ? key[1] ?? key[2] ?? key[3] ?? null : null };
}
