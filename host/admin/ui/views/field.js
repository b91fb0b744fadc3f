/** Fields and the controls in them. A field gives its control an id and what describes it; controls give values, not events. */
import { classes, html, useEffect, useId, useRef } from "../core/html.js";
import { Notice } from "./empty.js";
import { Icon } from "./icon.js";
import { because } from "../core/words.js";

/** What a field hands to its control. @typedef {{ id: string, describedBy: string | undefined, invalid: boolean }} Handed */

/**
 * @typedef {object} FieldProps
 * @property {any} label
 * @property {any} [hint] below the control: what it takes
 * @property {any} [error] in place of the hint: what is wrong
 * @property {boolean} [required]
 * @property {any} [aside] at the right of the label
 * @property {boolean} [hideLabel]
 * @property {string} [class]
 * @property {(field: Handed) => any} children
 */

/** @param {FieldProps} props */
export function Field({ label, hint, error, required, aside, hideLabel, class: extra, children }) {
  const id = useId("field");
  const note = error || hint;
  const describedBy = note ? `${id}-note` : undefined;
  return html`<div class=${classes("field", extra, { "field-wrong": error })}>
    <div class=${classes("field-label", { "sr-only": hideLabel })}>
      <label for=${id}>${label}${required && html`<span class="field-required" aria-hidden="true"> *</span>`}</label>
      ${aside && html`<span class="field-aside">${aside}</span>`}
    </div>
    ${children({ id, describedBy, invalid: Boolean(error) })}
    ${note && html`<p class="field-note" id=${describedBy}>${error && html`<${Icon} name="circle-alert" size=${13} />`}<span>${note}</span></p>`}
  </div>`;
}

/** @param {Record<string, any>} props what every control takes, as attributes */
function attributes({ id, describedBy, invalid }) {
  return { id, "aria-describedby": describedBy, "aria-invalid": invalid ? "true" : undefined };
}

/**
 * A line of text. Further props go to the `input` (`placeholder`, `autocomplete`, `min`, `disabled`, `onKeyDown` …).
 * @param {Partial<Handed> & { value?: string | number, onInput?: (text: string) => void, type?: string, prefix?: any, suffix?: any,
 *   icon?: import("./icon.js").IconName, mono?: boolean, autofocus?: boolean, [rest: string]: any }} props
 */
export function Input({ id, describedBy, invalid, value = "", onInput, type = "text", prefix, suffix, icon, mono, autofocus, class: extra, ...rest }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  const typed = (/** @type {InputEvent} */ event) => onInput?.(/** @type {HTMLInputElement} */ (event.target).value);
  return html`<span class=${classes("control", extra, { "control-wrong": invalid, "control-off": rest.disabled })}>
    ${icon && html`<${Icon} name=${icon} size=${15} class="control-mark" />`}${prefix && html`<span class="control-mark">${prefix}</span>`}
    <input ref=${input} type=${type} value=${value} onInput=${typed} class=${classes("input", { mono })} spellcheck=${mono ? "false" : undefined}
      ...${attributes({ id, describedBy, invalid })} ...${rest} />
    ${suffix && html`<span class="control-mark">${suffix}</span>`}
  </span>`;
}

/**
 * Several lines. With `grow` it is as high as its text.
 * @param {Partial<Handed> & { value?: string, onInput?: (text: string) => void, rows?: number, mono?: boolean, grow?: boolean, [rest: string]: any }} props
 */
export function TextArea({ id, describedBy, invalid, value = "", onInput, rows = 4, mono, grow = true, ...rest }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => {
    if (!grow || !area.current) return;
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight + 2}px`;
  }, [value, grow]);
  const typed = (/** @type {InputEvent} */ event) => onInput?.(/** @type {HTMLTextAreaElement} */ (event.target).value);
  return html`<textarea ref=${area} rows=${rows} value=${value} onInput=${typed} class=${classes("control textarea", { mono, "control-wrong": invalid })}
    ...${attributes({ id, describedBy, invalid })} ...${rest}></textarea>`;
}

/** @typedef {{ value: string, label: string, group?: string, disabled?: boolean }} Option */

/**
 * One of a few. More than about fifteen belong into a `Combobox`.
 * @param {Partial<Handed> & { options: (string | Option)[], value?: string | null, onChange?: (value: string) => void, placeholder?: string, [rest: string]: any }} props
 */
export function Select({ id, describedBy, invalid, options, value, onChange, placeholder, class: extra, ...rest }) {
  const all = options.map((option) => (typeof option === "string" ? { value: option, label: option } : option));
  const groups = [...new Set(all.map((option) => option.group))];
  const shown = (/** @type {string | undefined} */ group) =>
    all.filter((option) => option.group === group).map((option) => html`<option value=${option.value} disabled=${option.disabled} selected=${option.value === value}>${option.label}</option>`);
  const chosen = (/** @type {Event} */ event) => onChange?.(/** @type {HTMLSelectElement} */ (event.target).value);
  const none = value === undefined || value === null || value === "";
  return html`<span class=${classes("control select", extra, { "control-wrong": invalid, "control-off": rest.disabled })}>
    <select value=${value ?? ""} onChange=${chosen} class=${classes("input", { "input-none": none })} ...${attributes({ id, describedBy, invalid })} ...${rest}>
      ${placeholder !== undefined && html`<option value="" selected=${none}>${placeholder}</option>`}
      ${groups.map((group) => (group ? html`<optgroup label=${group}>${shown(group)}</optgroup>` : shown(undefined)))}
    </select>
    <${Icon} name="chevron-down" size=${15} class="select-mark" />
  </span>`;
}

/** @typedef {Partial<Handed> & { checked?: boolean, onChange?: (checked: boolean) => void, label: any, hint?: any, disabled?: boolean, title?: string, name?: string }} CheckProps */

/** Yes or no, as one of several or before something is sent. @param {CheckProps} props */
export function Check(props) {
  return checkLike(props, "box", undefined);
}

/** On or off, with effect at once. @param {CheckProps} props */
export function Switch(props) {
  return checkLike(props, "switch", "switch");
}

/** @param {CheckProps} props @param {string} name @param {string | undefined} role */
function checkLike({ checked = false, onChange, label, hint, disabled, title, id, describedBy, name: field }, name, role) {
  const changed = (/** @type {Event} */ event) => onChange?.(/** @type {HTMLInputElement} */ (event.target).checked);
  return html`<label class=${classes("check", { "check-off": disabled })} title=${title}>
    <input type="checkbox" role=${role} class=${name} id=${id} name=${field} aria-describedby=${describedBy} checked=${checked} disabled=${disabled} onChange=${changed} />
    <span class="check-text">${label}${hint && html`<span class="check-hint">${hint}</span>`}</span>
  </label>`;
}

/**
 * One of a few, all of them to be seen.
 * @param {{ options: { value: string, label: any, hint?: any, disabled?: boolean }[], value?: string, onChange?: (value: string) => void,
 *   name?: string, label?: string, row?: boolean }} props
 */
export function Radios({ options, value, onChange, name, label, row }) {
  const id = useId("radios");
  return html`<div class=${classes("radios", { "radios-row": row })} role="radiogroup" aria-label=${label}>
    ${options.map(
      (option) => html`<label class=${classes("check", { "check-off": option.disabled })} key=${option.value}>
        <input type="radio" class="radio" name=${name ?? id} value=${option.value} checked=${option.value === value} disabled=${option.disabled} onChange=${() => onChange?.(option.value)} />
        <span class="check-text">${option.label}${option.hint && html`<span class="check-hint">${option.hint}</span>`}</span>
      </label>`,
    )}
  </div>`;
}

/**
 * A form: Enter sends it, and an error that has no field of its own stands above its actions.
 * @param {{ onSubmit: () => void, error?: any, actions?: any, children: any, class?: string, busy?: boolean }} props
 */
export function Form({ onSubmit, error, actions, children, class: extra, busy }) {
  const submitted = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!busy) onSubmit();
  };
  return html`<form class=${classes("stack", extra)} onSubmit=${submitted} novalidate aria-busy=${busy ? "true" : undefined}>
    ${children}
    ${error && html`<${Notice} tone="bad" alert><p class="break">${because(error)}</p><//>`}
    ${actions && html`<div class="row form-actions">${actions}</div>`}
  </form>`;
}
