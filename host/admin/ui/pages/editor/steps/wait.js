/** How long a run waits: for a time, until a moment, until office hours. */

import { html } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Field, Input, Radios, Select } from "../../../views/field.js";
import { below, isObject } from "../pointer.js";
import { TokenInput } from "../schema/token-input.js";

/** @typedef {Omit<import("../schema/context.js").Form, "root">} Form */

const KINDS = [
  { value: "for", label: "For a time" },
  { value: "until", label: "Until a moment" },
  { value: "hours", label: "Until office hours" },
];
/** @type {Record<string, any>} */
const BEGINNINGS = { for: "10m", until: { until: "" }, hours: { hours: { days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:00" } } };
const USUAL = ["5m", "1h", "1 day", "7 days"];
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SIDES = [{ value: "", label: "exactly then" }, { value: "before", label: "before it" }, { value: "after", label: "after it" }];

/** @param {{path: string, form: Form}} props */
export function WaitForm({ path, form }) {
  const wait = form.value(path);
  const kind = !isObject(wait) ? "for" : wait.hours !== undefined ? "hours" : "until";
  return html`<div class="stack-s" data-path=${path}>
    <${Radios} row name=${path} label="How long the run waits" options=${KINDS} value=${kind} disabled=${form.locked}
      onChange=${(/** @type {string} */ next) => form.change(path, structuredClone(BEGINNINGS[next]))} />
    ${kind === "for" && html`<${For} path=${path} form=${form} />`}
    ${kind === "until" && html`<${Until} path=${path} form=${form} />`}
    ${kind === "hours" && html`<${OfficeHours} path=${below(path, "hours")} form=${form} />`}
    ${isObject(wait) && form.faultAt(path) && html`<p class="field-error">${form.faultAt(path)}</p>`}
  </div>`;
}

/** @param {{path: string, form: Form}} props */
function For({ path, form }) {
  const write = (/** @type {string} */ text) => form.change(path, text);
  return html`<${Field} label="Time" required error=${form.faultWithin(path)} hint="30s, 10m, 1h 30m, 2 days; at most 366 days.">
    ${(/** @type {any} */ field) => html`<div class="wait-for"><${Input} ...${field}
      value=${typeof form.value(path) === "string" ? form.value(path) : ""} onInput=${write} disabled=${form.locked} />
      ${USUAL.map((text) => html`<${Button} small disabled=${form.locked} onClick=${() => write(text)}>${text}<//>`)}</div>`}
  <//>`;
}

/** @param {{path: string, form: Form}} props */
function Until({ path, form }) {
  const wait = form.value(path);
  const side = wait.before !== undefined ? "before" : wait.after !== undefined ? "after" : "";
  const { before: _before, after: _after, ...bare } = wait;
  const choose = (/** @type {string} */ next) => form.change(path, next === "" ? bare : { ...bare, [next]: wait.before ?? wait.after ?? "1h" });
  return html`<div data-path=${below(path, "until")}><${Field} label="Moment" required error=${form.faultWithin(below(path, "until"))}
    hint="A date, or a date and time: usually from the payload. When it is past the run goes on at once.">
      ${(/** @type {any} */ field) => html`<${TokenInput} ...${field} label="Moment" tokens=${form.tokens} value=${String(wait.until ?? "")}
        disabled=${form.locked} placeholder="{{payload.appointment}}" onInput=${(/** @type {string} */ text) => form.change(below(path, "until"), text)} />`}
    <//></div>
    <div class="wait-until">
      <${Field} label="Go on" error=${side && form.faultWithin(below(path, side))}>${(/** @type {any} */ field) => html`<div class="wait-side">
        ${side && html`<${Input} aria-label="How long" value=${wait[side]} disabled=${form.locked}
          onInput=${(/** @type {string} */ text) => form.change(below(path, side), text)} />`}
        <${Select} ...${field} options=${SIDES} value=${side} disabled=${form.locked} onChange=${choose} /></div>`}<//>
      <${ZoneField} path=${below(path, "zone")} form=${form} />
    </div>`;
}

/** @param {{path: string, form: Form}} props */
function OfficeHours({ path, form }) {
  const hours = isObject(form.value(path)) ? form.value(path) : {};
  const days = Array.isArray(hours.days) ? hours.days : [];
  const toggle = (/** @type {string} */ day) => {
    const next = DAYS.filter((one) => (one === day ? !days.includes(one) : days.includes(one)));
    form.change(below(path, "days"), next.length === 0 ? undefined : next);
  };
  const time = (/** @type {string} */ key, /** @type {string} */ label) => html`<div data-path=${below(path, key)}>
    <${Field} label=${label} required error=${form.faultWithin(below(path, key))}>
    ${(/** @type {any} */ field) => html`<${Input} ...${field} type="time" value=${hours[key] ?? ""} disabled=${form.locked}
      onInput=${(/** @type {string} */ text) => form.change(below(path, key), text)} />`}<//></div>`;
  return html`<div class="wait-days" role="group" aria-label="Days" data-path=${below(path, "days")}>
      ${DAYS.map((day) => html`<button type="button" class="wait-day" aria-pressed=${String(days.includes(day))} disabled=${form.locked}
        onClick=${() => toggle(day)}>${day.charAt(0).toUpperCase() + day.slice(1)}</button>`)}
      ${days.length === 0 && html`<span class="faint small">every day</span>`}
    </div>
    ${form.faultWithin(below(path, "days")) && html`<p class="field-error">${form.faultWithin(below(path, "days"))}</p>`}
    <div class="wait-hours">${time("from", "From")}${time("to", "To")}<${ZoneField} path=${below(path, "zone")} form=${form} /></div>`;
}

/** @param {{path: string, form: Form}} props */
function ZoneField({ path, form }) {
  return html`<div data-path=${path}><${Field} label="Time zone" error=${form.faultWithin(path)}>
    ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${form.value(path) ?? ""} placeholder="the workspace’s" disabled=${form.locked}
      onInput=${(/** @type {string} */ text) => form.change(path, text === "" ? undefined : text)} />`}
  <//></div>`;
}
