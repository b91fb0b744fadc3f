/** One entry of the audit log: in a line, and with what was before and after. */
import { classes, html, useState } from "../../core/html.js";
import { Moment } from "../../core/time.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Diff } from "../../views/diff.js";
import { Icon } from "../../views/icon.js";
import { Pairs } from "../../views/pairs.js";
import { Who } from "../plugins/who.js";

/**
 * @typedef {object} Entry
 * @property {number} place
 * @property {string} at
 * @property {string} by
 * @property {string} act
 * @property {string} subject
 * @property {any} before
 * @property {any} after
 * @property {string} previous
 * @property {string} digest
 */

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
      <span class="entry-subject truncate" title=${subject}>${subject}</span>
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
    ["By", html`<code class="break">${by}</code> <${Button} kind="quiet" small onClick=${() => onBy(by)}>Only theirs<//>`],
    ["Subject", subject],
    ["Entry", html`<span class="num">${place}</span>`],
    ["Digest", html`<code class="break">${digest}</code>`],
    ["Of the one before", html`<code class="break">${previous}</code>`],
  ];
  return html`<div class="entry-body">
    <${Diff} title=${titleOf(before, after)} before=${textOf(before)} after=${textOf(after)} />
    <${Pairs} items=${items} />
  </div>`;
}

/**
 * @param {any} before
 * @param {any} after
 */
function titleOf(before, after) {
  if (before === null && after === null) return "Nothing to show";
  if (before === null) return "New";
  return after === null ? "Gone" : "Changed";
}

/** @param {any} value */
function textOf(value) {
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}
