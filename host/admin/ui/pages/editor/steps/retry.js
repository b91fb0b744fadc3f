/** What happens when a step fails: how often and when it is tried again, and whether the run goes on. */

import { html } from "../../../core/html.js";
import { Field, Input, Select, Switch } from "../../../views/field.js";
import { below, isObject } from "../pointer.js";

const POLICIES = [
  { value: "host", label: "Try again as the host does" },
  { value: "once", label: "Do not try again" },
  { value: "own", label: "Try again by rules of its own" },
];
/** What a policy of its own begins with. */
const OWN = { attempts: 3, delay: "1m" };

/** @type {{key: string, label: string, hint: string, number: boolean, placeholder: string}[]} */
const PARTS = [
  { key: "attempts", label: "Attempts in all", hint: "1 to 20", number: true, placeholder: "6" },
  { key: "delay", label: "First after", hint: "30s, 10m, 1h 30m", number: false, placeholder: "30s" },
  { key: "factor", label: "Then times", hint: "1 to 10", number: true, placeholder: "5" },
  { key: "delay_max", label: "At most", hint: "the longest delay", number: false, placeholder: "1 day" },
];

/** @param {{path: string, form: Omit<import("../schema/context.js").Form, "root">}} props */
export function RetryForm({ path, form }) {
  const at = below(path, "retry");
  const retry = form.value(at);
  const policy = !isObject(retry) ? "host" : Object.keys(retry).length === 1 && retry.attempts === 1 ? "once" : "own";
  const choose = (/** @type {string} */ next) => form.change(at, next === "host" ? undefined : next === "once" ? { attempts: 1 } : OWN);
  const put = (/** @type {string} */ key, /** @type {boolean} */ number, /** @type {string} */ text) => {
    const value = text.trim() === "" ? undefined : number && /^\d+$/.test(text.trim()) ? Number(text) : text;
    form.change(below(at, key), value);
  };
  const goesOn = below(path, "continue_on_failure");
  const hint = policy === "host" ? "With growing delays; unless the operator says otherwise 6 times over about 8 hours. What fails for good is not tried again." : undefined;
  const goesOnFault = form.faultWithin(goesOn);
  return html`<div class="flow-part stack-s">
    <div data-path=${at}><${Field} label="When it fails" hint=${hint} error=${form.faultAt(at)}>
      ${(/** @type {any} */ field) => html`<${Select} ...${field} options=${POLICIES} value=${policy} onChange=${choose} disabled=${form.locked} />`}
    <//></div>
    ${policy === "own" && html`<div class="retry-parts">
      ${PARTS.map(({ key, label, hint: text, number, placeholder }) => html`<div data-path=${below(at, key)}>
        <${Field} label=${label} hint=${text} error=${form.faultWithin(below(at, key))}>
        ${(/** @type {any} */ field) => html`<${Input} ...${field} inputmode=${number ? "numeric" : undefined} value=${String(retry[key] ?? "")}
          placeholder=${placeholder} disabled=${form.locked}
          onInput=${(/** @type {string} */ next) => put(key, number, next)} />`}
      <//></div>`)}
    </div>`}
    <div data-path=${goesOn}>
      <${Switch} label="Go on with the next step when it failed for good" hint="Otherwise the run ends as failed and can be replayed from here."
        checked=${form.value(goesOn) === true} disabled=${form.locked}
        onChange=${(/** @type {boolean} */ next) => form.change(goesOn, next ? true : undefined)} />
      ${goesOnFault && html`<p class="field-error">${goesOnFault}</p>`}
    </div>
  </div>`;
}
