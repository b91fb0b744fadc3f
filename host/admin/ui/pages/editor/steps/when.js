/** The condition of a step: always, one comparison, or any expression of CEL. */

import { focusField } from "../../../core/focus.js";
import { html, useLayoutEffect, useRef, useState } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Combobox } from "../../../views/combobox.js";
import { Field, Input, Select, TextArea } from "../../../views/field.js";
import { COMPARISONS, hasValue, read, written } from "./condition.js";

/** @typedef {Omit<import("../schema/context.js").Form, "root">} Form */

/** @param {{path: string, form: Form, doc: any}} props */
export function WhenForm({ path, form }) {
  const text = form.value(path);
  const simple = typeof text === "string" ? read(text) : null;
  const [begun, setBegun] = useState(/** @type {import("./condition.js").Simple | null} */ (null));
  const [asText, setAsText] = useState(false);
  const fault = form.faultWithin(path);
  const there = text !== undefined || begun !== null;
  const write = (/** @type {import("./condition.js").Simple} */ next) => written(next, form.tokens.some((token) => token.isText && token.path === next.path)) || undefined;
  const change = (/** @type {import("./condition.js").Simple} */ next) => {
    setBegun(next);
    form.change(path, write(next));
  };
  const begin = () => setBegun({ path: "", is: "equals", value: "" });
  const toText = () => {
    if (text === undefined) {
      form.begin(path);
      form.change(path, "");
    }
    setAsText(true);
  };
  const end = () => {
    setBegun(null);
    setAsText(false);
    form.change(path, undefined);
  };
  // What is begun stays as it was typed while it says the same: a value that is still empty too.
  const shown = begun !== null && write(begun) === text ? begun : simple;
  const isText = asText || (text !== undefined && shown === null);
  // What was pressed is gone: the focus goes to what came in its place.
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const pressed = useRef(false);
  const by = (/** @type {() => void} */ act) => () => {
    pressed.current = true;
    act();
  };
  useLayoutEffect(() => {
    if (!pressed.current) return;
    pressed.current = false;
    if (there) focusField(box.current);
    else box.current?.querySelector("button")?.focus();
  }, [there, isText]);

  if (!there) {
    return html`<div class="flow-part" data-path=${path} ref=${box}>
      <div class="flow-part-head"><p class="flow-part-title">Runs always</p>
        <${Button} small icon="split" disabled=${form.locked} onClick=${by(begin)}>Only when …<//></div>
    </div>`;
  }
  const switcher = isText
    ? shown !== null && html`<${Button} small kind="quiet" onClick=${by(() => setAsText(false))}>As a comparison<//>`
    : html`<${Button} small kind="quiet" icon="code" onClick=${by(toText)}>As an expression<//>`;
  return html`<div class="flow-part" data-path=${path} ref=${box}>
    <div class="flow-part-head"><p class="flow-part-title">Only when</p>
      <div class="row">${!form.locked && switcher}<${Button} small kind="quiet" icon="x" disabled=${form.locked} onClick=${by(end)}>Always<//></div></div>
    ${isText || shown === null
      ? html`<${Field} label="Condition" hideLabel error=${fault}
        hint="CEL over payload, contact, steps and now, true or false. Ask with has(…) before a name that may be missing.">
          ${(/** @type {any} */ field) => html`<${TextArea} ...${field} mono rows=${2} grow value=${text ?? ""} disabled=${form.locked}
            placeholder='has(payload.total) && payload.total > 100' onInput=${(/** @type {string} */ next) => form.change(path, next)} />`}<//>`
      : html`<${Comparison} simple=${shown} form=${form} change=${change} fault=${fault} />`}
  </div>`;
}

/** @param {{simple: import("./condition.js").Simple, form: Form, change: (next: import("./condition.js").Simple) => void, fault: string | undefined}} props */
function Comparison({ simple, form, change, fault }) {
  const usable = form.tokens.filter(({ group, path }) => group !== "Templates" && !/[["]/.test(path));
  const options = usable.map(({ path, group, example }) => ({ value: path, label: path, group, hint: example }));
  return html`<${Field} label="Condition" hideLabel error=${fault}>
    ${(/** @type {any} */ field) => html`<div class=${`comparison${hasValue(simple.is) ? "" : " comparison-short"}`}>
      <${Combobox} ...${field} options=${options} value=${simple.path} placeholder="payload.…" disabled=${form.locked}
        onChange=${(/** @type {string} */ path) => change({ ...simple, path })} />
      <${Select} aria-label="Comparison" options=${COMPARISONS} value=${simple.is} disabled=${form.locked}
        onChange=${(/** @type {string} */ is) => change({ ...simple, is })} />
      ${hasValue(simple.is) && html`<${Input} aria-label="Value" value=${simple.value} placeholder="value" disabled=${form.locked}
        onInput=${(/** @type {string} */ value) => change({ ...simple, value })} />`}
    </div>`}
  <//>`;
}
