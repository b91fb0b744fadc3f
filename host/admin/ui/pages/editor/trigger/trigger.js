/** The trigger of an automation: inbox, address, keys, sample, signature and limits. */
import { html } from "../../../core/html.js";
import { Card } from "../../../views/card.js";
import { Field, Select } from "../../../views/field.js";
import { useKnown } from "../known.js";
import { Address } from "./address.js";
import { Limits } from "./limits.js";
import { Sample } from "./sample.js";
import { Signature } from "./signature.js";

/** @typedef {import("../state.js").Draft} Draft */

/** @param {{ draft: Draft }} props */
export function Trigger({ draft }) {
  return html`<div class="stack-l">
    <${Address} draft=${draft} />
    <${Sample} draft=${draft} />
    <${Inbox} draft=${draft} />
    <${Signature} draft=${draft} />
    <${Limits} draft=${draft} />
  </div>`;
}

/** @param {{ draft: Draft }} props */
function Inbox({ draft }) {
  const { inboxes } = useKnown();
  const chosen = draft.doc.inbox ?? "";
  const options = inboxes.includes(chosen) || chosen === "" ? inboxes : [chosen, ...inboxes];
  return html`<${Card} title="Inbox" lead="Whom messages of this automation come from, where a step names no other inbox.">
    <div data-path="/inbox"><${Field} label="Inbox" error=${draft.faultAt("/inbox")}>${(/** @type {any} */ field) => html`
      <${Select} ...${field} options=${options} value=${chosen} placeholder="Choose an inbox" disabled=${draft.locked}
        onChange=${(/** @type {string} */ name) => draft.change("/inbox", name)} />`}<//></div>
  <//>`;
}
