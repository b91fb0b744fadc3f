/** One entry of the audit log: in a line, and with what was before and after. */
import { classes, html, useState } from "../../core/html.js";
import { Moment } from "../../core/time.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Code } from "../../views/code.js";
import { Copy } from "../../views/copy.js";
import { Diff } from "../../views/diff.js";
import { Icon } from "../../views/icon.js";
import { Pairs } from "../../views/pairs.js";
import { Who } from "../plugins/who.js";

/** @typedef {import("api").Schemas["AuditEntry"]} Entry */

/** Words of acts that take something away. */
const TAKES_AWAY = new Set(["remove", "refuse", "deactivate", "forget", "revoke", "delete", "disable", "cancel"]);

/** @param {string} act */
function toneOf(act) {
  const verb = act.split(".").pop() ?? "";
  return TAKES_AWAY.has(verb.split("-")[0]) ? "bad" : "idle";
}

/** @param {{entry: Entry, onBy: (by: string) => void}} props */
export function EntryLine({ entry, onBy }) {
  const [open, setOpen] = useState(false);
  const { subject, act, by, at } = entry;
  return html`<li class=${classes("entry", { "entry-open": open })}>
    <button type="button" class="entry-head" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <${Icon} name=${open ? "chevron-down" : "chevron-right"} size=${14} />
      <span class="entry-at"><${Moment} at=${at} /></span>
      <span class="entry-act"><${Badge} tone=${toneOf(act)}>${act}<//></span>
      <span class="entry-subject truncate" title=${subject}><${Subject} text=${subject} /></span>
      <span class="entry-by truncate"><${Who} by=${by} /></span>
    </button>
    ${open && html`<${Body} entry=${entry} onBy=${onBy} />`}
  </li>`;
}

/** @param {{entry: Entry, onBy: (by: string) => void}} props */
function Body({ entry, onBy }) {
  const { place, at, by, subject, before, after, digest, previous } = entry;
  const items = [
    ["When", html`<${Moment} at=${at} whole />`],
    ["By", html`<span class="row"><code class="break">${by}</code><${Button} small onClick=${() => onBy(by.split(" with ")[0])}>Only theirs<//></span>`],
    ["Subject", subject],
    ["Entry", html`<span class="num">${place}</span>`],
    ["Digest", html`<${Digest} text=${digest} />`],
    ["Of the one before", html`<${Digest} text=${previous} />`],
  ];
  return html`<div class="entry-body">
    <${Change} before=${before} after=${after} />
    <${Pairs} items=${items} />
  </div>`;
}

/** @param {{text: string}} props */
function Digest({ text }) {
  return html`<${Copy} text=${text} shown=${`${text.slice(0, 16)}…`} plain />`;
}

/** What was before and after, as JSON. @param {{before: any, after: any}} props */
function Change({ before, after }) {
  if (before !== null && after !== null) return html`<${Diff} title="Changed" before=${textOf(before)} after=${textOf(after)} />`;
  const shown = before ?? after;
  if (shown === null) return html`<p class="muted">The entry keeps nothing but that it was done.</p>`;
  return html`<div class="stack-s">
    <p class=${before === null ? "strong entry-new" : "strong entry-gone"}>${before === null ? "New" : "Gone"}</p>
    <${Code} text=${textOf(shown)} language="json" />
  </div>`;
}

/** @param {any} value */
function textOf(value) {
  return JSON.stringify(value, null, 2);
}

/**
 * A subject as people know it: what it is called, and the end of its id.
 * @param {{text: string}} props
 */
function Subject({ text }) {
  const [, id, name] = /^([a-z]{3}_[0-9a-f]+)(?: (.+))?$/.exec(text) ?? [];
  if (!id) return html`<span>${text}</span>`;
  const short = `${id.slice(0, 4)}…${id.slice(-6)}`;
  return name ? html`<span>${name}</span> <code class="faint">${short}</code>` : html`<code>${short}</code>`;
}
