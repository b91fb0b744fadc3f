/** Code to be read, and code to be written: with line numbers, colours and marks beside lines. */
import { classes, html, useMemo, useRef, useState } from "../core/html.js";
import { plural } from "../core/words.js";
import { Button } from "./button.js";
import { CopyButton } from "./copy.js";
import { partsOf } from "./highlight.js";
import { Icon } from "./icon.js";

/** @typedef {import("./highlight.js").Language} Language */

/** A remark beside a line, counted from 1. @typedef {{ line: number, tone?: "bad" | "warn" | "info" | "ok", message?: string }} Mark */

/** The lines that are drawn before somebody asks for all. */
const LINES_SHOWN = 400;

/** Texts longer than this have no colours, in characters. */
const COLOURED_CHARS_MAX = 120_000;

/**
 * @typedef {object} CodeProps
 * @property {string} text
 * @property {Language} [language]
 * @property {boolean} [numbers]
 * @property {Mark[]} [marks]
 * @property {boolean} [wrap] long lines go on below
 * @property {boolean} [copy]
 * @property {number} [height] the most pixels it takes before it scrolls
 * @property {string} [label]
 */

/** @param {CodeProps} props */
export function Code({ text, language = "text", numbers, marks = [], wrap, copy = true, height = 420, label = "Code" }) {
  const [whole, setWhole] = useState(false);
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const shown = whole ? lines : lines.slice(0, LINES_SHOWN);
  const left = lines.length - shown.length;
  return html`<div class="code-box">
    <pre class=${classes("code", { "code-numbers": numbers, "code-wrap": wrap })} tabindex="0" aria-label=${label} style=${{ maxHeight: `${height}px` }}><code>${linesOf(shown, text.length > COLOURED_CHARS_MAX ? "text" : language, marks)}</code></pre>
    ${copy && html`<div class="code-copy"><${CopyButton} text=${text} /></div>`}
    ${left > 0 && html`<div class="code-more"><${Button} small kind="quiet" onClick=${() => setWhole(true)}>Show ${plural(left, "more line")}<//></div>`}
    <${Marks} marks=${marks} />
  </div>`;
}

/** @param {string[]} lines @param {Language} language @param {Mark[]} marks */
function linesOf(lines, language, marks) {
  const byLine = new Map(marks.map((mark) => [mark.line, mark]));
  return lines.map((line, at) => {
    const mark = byLine.get(at + 1);
    const name = classes("code-line", { [`code-mark tone-${mark?.tone ?? "bad"}`]: mark });
    return html`<span class=${name} key=${at}>${partsOf(line, language).map(({ text, kind }) => (kind ? html`<span class=${`hl-${kind}`}>${text}</span>` : text))}${"\n"}</span>`;
  });
}

/** @param {{ marks: Mark[] }} props */
function Marks({ marks }) {
  const told = marks.filter((mark) => mark.message);
  if (told.length === 0) return null;
  return html`<ul class="code-marks">
    ${told.slice(0, 20).map((mark) => html`<li class=${`tone-${mark.tone ?? "bad"}`}>
      <${Icon} name="circle-alert" size=${13} /><span class="num nowrap">Line ${mark.line}</span><span class="break">${mark.message}</span>
    </li>`)}
  </ul>`;
}

/**
 * @typedef {object} EditorProps
 * @property {string} value
 * @property {(text: string) => void} [onInput]
 * @property {Language} [language]
 * @property {Mark[]} [marks]
 * @property {number} [rows] the fewest
 * @property {number} [height] the most pixels before it scrolls
 * @property {string} [id]
 * @property {string} [describedBy]
 * @property {boolean} [invalid]
 * @property {string} [label]
 * @property {boolean} [readOnly]
 * @property {string} [placeholder]
 */

/** What is written lies over what is coloured: both are of one size, so that they scroll as one. @param {EditorProps} props */
export function Editor({ value, onInput, language = "json", marks = [], rows = 8, height = 480, id, describedBy, invalid, label, readOnly, placeholder }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const lines = useMemo(() => value.split("\n"), [value]);
  const typed = (/** @type {Event} */ event) => onInput?.(/** @type {HTMLTextAreaElement} */ (event.target).value);
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const field = area.current;
    if (event.key !== "Enter" || !field || event.isComposing || readOnly) return;
    event.preventDefault();
    const before = field.value.slice(0, field.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const indent = /^\s*/.exec(line)?.[0] ?? "";
    const deeper = /[{[]\s*$/.test(line) || (language === "yaml" && /:\s*$/.test(line)) ? "  " : "";
    // As if it were typed, so that it can be undone.
    document.execCommand("insertText", false, `\n${indent}${deeper}`);
  };
  return html`<div class="code-box">
    <div class=${classes("editor code code-numbers", { "editor-wrong": invalid })} style=${{ maxHeight: `${height}px`, minHeight: `${rows * 20 + 18}px` }}>
      <pre class="editor-text" aria-hidden="true"><code>${linesOf(lines, value.length > COLOURED_CHARS_MAX ? "text" : language, marks)}</code></pre>
      <textarea ref=${area} class="editor-input" value=${value} onInput=${typed} onKeyDown=${pressed} id=${id} aria-label=${label} aria-describedby=${describedBy}
        aria-invalid=${invalid ? "true" : undefined} readonly=${readOnly} placeholder=${placeholder} spellcheck="false" autocomplete="off" autocapitalize="off" wrap="off"></textarea>
    </div>
    <${Marks} marks=${marks} />
  </div>`;
}
