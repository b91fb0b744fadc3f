/** What a trigger takes: how much, how often and from where. */
import { html, useEffect, useState } from "../../../core/html.js";
import { Card } from "../../../views/card.js";
import { Field, Input, TextArea } from "../../../views/field.js";
import { isObject, isSame } from "../pointer.js";

/** @typedef {import("../state.js").Draft} Draft */

const BELOW = "/trigger/webhook";

/** @type {string[]} */
const NONE = [];

/** @param {{ draft: Draft }} props */
export function Limits({ draft }) {
  const webhook = isObject(draft.doc.trigger?.webhook) ? draft.doc.trigger.webhook : {};
  const number = (/** @type {string} */ place) => (/** @type {string} */ text) => draft.change(place, wholeOf(text));
  const setPerSecond = (/** @type {string} */ text) => {
    const perSecond = wholeOf(text);
    draft.change(`${BELOW}/rate`, perSecond === undefined ? undefined : { ...webhook.rate, per_second: perSecond });
  };
  const field = (/** @type {any} */ props) => (/** @type {any} */ at) => html`<${Input} ...${at} inputmode="numeric" disabled=${draft.locked} ...${props} />`;
  return html`<${Card} title="Limits" lead="What is over them is refused before anything is kept: 413, 429 with Retry-After, 403.">
    <div class="stack" data-path=${BELOW}>
      <div class="grid-3" data-path=${`${BELOW}/rate`}>
        <${Field} label="Largest body" hint="1 MiB when empty" error=${draft.faultAt(`${BELOW}/body_bytes_max`)}>
          ${field({ value: shown(webhook.body_bytes_max), suffix: "bytes", onInput: number(`${BELOW}/body_bytes_max`) })}<//>
        <${Field} label="Requests a second, each key" hint="The host's limit when empty" error=${draft.faultAt(`${BELOW}/rate/per_second`) ?? draft.faultAt(`${BELOW}/rate`)}>
          ${field({ value: shown(webhook.rate?.per_second), onInput: setPerSecond })}<//>
        <${Field} label="At once" hint="Twice that when empty" error=${draft.faultAt(`${BELOW}/rate/burst`)}>
          ${field({ value: shown(webhook.rate?.burst), onInput: number(`${BELOW}/rate/burst`), disabled: draft.locked || !webhook.rate })}<//>
      </div>
      <${Allow} draft=${draft} networks=${Array.isArray(webhook.allow) ? webhook.allow : NONE} />
    </div>
  <//>`;
}

/** @param {{ draft: Draft, networks: string[] }} props */
function Allow({ draft, networks }) {
  const [text, setText] = useState(networks.join("\n"));
  useEffect(() => {
    if (!isSame(listed(text), networks)) setText(networks.join("\n"));
  }, [networks]);
  const type = (/** @type {string} */ next) => {
    setText(next);
    const list = listed(next);
    draft.change(`${BELOW}/allow`, list.length === 0 ? undefined : list);
  };
  return html`<div data-path=${`${BELOW}/allow`}><${Field} label="Only from these networks" hint="One in each line, such as 203.0.113.0/24. From everywhere when empty." error=${draft.faultWithin(`${BELOW}/allow`)}>
    ${(/** @type {any} */ field) => html`<${TextArea} ...${field} mono rows=${3} value=${text} disabled=${draft.locked} onInput=${type} />`}<//></div>`;
}

/** @param {string} text */
function listed(text) {
  return text.split(/[\s,]+/).filter(Boolean);
}

/**
 * A whole number as it was typed; what is none stays a text, which the host finds fault with beside its field.
 * @param {string} text
 */
function wholeOf(text) {
  if (text.trim() === "") return undefined;
  return /^\d+$/.test(text.trim()) ? Number(text) : text;
}

/** @param {any} value */
function shown(value) {
  return value === undefined || value === null ? "" : String(value);
}
