/** Which part of the payload finds the contact. */
import { html } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Card } from "../../../views/card.js";
import { Field, Input, Select } from "../../../views/field.js";
import { isObject } from "../pointer.js";
import { Shown } from "./preview.js";

const PLACE = "/trigger/webhook/identifier";

const KINDS = [
  { value: "phone", label: "Phone number" },
  { value: "email", label: "Email address" },
  { value: "external_id", label: "Your own id" },
];

/** What is said of each. @type {Record<string, string>} */
const HINTS = {
  phone: "In any form; kept as +12155556677",
  email: "Kept in lower case",
  external_id: "Kept as it is sent",
};

/** @param {{ draft: import("../state.js").Draft, preview: import("./preview.js").Preview, picking: boolean, onPick: (on: boolean) => void }} props */
export function Identifier({ draft, preview, picking, onPick }) {
  const identifier = isObject(draft.doc.trigger?.webhook?.identifier) ? draft.doc.trigger.webhook.identifier : {};
  const lead = "Finds the contact, or makes one. A request without it is kept, and its run can be repeated once this is mended.";
  const setKind = (/** @type {string} */ field) => draft.change(PLACE, { ...identifier, field });
  return html`<${Card} title="Identifier" lead=${lead}>
    <div class="identifier" data-path=${PLACE}>
      <${Field} label="Found by" hint=${HINTS[identifier.field]} error=${draft.faultAt(`${PLACE}/field`)}>${(/** @type {any} */ field) => html`
        <${Select} ...${field} options=${KINDS} value=${identifier.field ?? ""} placeholder="Choose" onChange=${setKind} disabled=${draft.locked} />`}<//>
      <${Field} label="From" error=${draft.faultAt(`${PLACE}/from`) ?? draft.faultAt(PLACE)}>${(/** @type {any} */ field) => html`
        <div class="with-button">
          <${Input} ...${field} mono value=${identifier.from ?? ""} disabled=${draft.locked}
            onInput=${(/** @type {string} */ from) => draft.change(`${PLACE}/from`, from)} />
          <${Button} icon="crosshair" label="Pick it in the sample" aria-pressed=${picking} disabled=${draft.locked} onClick=${() => onPick(!picking)} />
        </div>`}<//>
      <${Shown} shown=${preview.identifier} waiting=${preview.waiting} />
    </div>
  <//>`;
}
