/** A choice among many: type to search, arrows to move, Enter to take. Follows the pattern of WAI-ARIA for a combobox with a list. */
import { useFloat } from "../core/float.js";
import { classes, html, useEffect, useId, useRef, useState } from "../core/html.js";
import { Icon } from "./icon.js";

/** @typedef {{ value: string, label: string, hint?: string, group?: string }} Option */

/**
 * @typedef {object} ComboboxProps
 * @property {(string | Option)[]} options
 * @property {string | null} [value]
 * @property {(value: string) => void} [onChange]
 * @property {string} [placeholder]
 * @property {boolean} [free] what was typed is a value too
 * @property {(text: string) => void} [onQuery] told what is typed, where options come from the host; they are shown as they come then
 * @property {boolean} [loading]
 * @property {string} [id]
 * @property {string} [describedBy]
 * @property {boolean} [invalid]
 * @property {boolean} [disabled]
 * @property {string} [label] where there is no field around it
 * @property {boolean} [mono]
 */

/** The most options that are drawn at once. */
const SHOWN_MAX = 100;

/** @param {ComboboxProps} props */
export function Combobox(props) {
  const { options, value, onChange, placeholder, free, onQuery, loading, id, describedBy, invalid, disabled, label, mono } = props;
  const own = useId("combobox");
  const list = `${id ?? own}-list`;
  const [text, setText] = useState(/** @type {string | null} */ (null));
  const [at, setAt] = useState(0);
  const open = text !== null;
  const listed = useRef(/** @type {HTMLUListElement | null} */ (null));
  const control = useRef(/** @type {HTMLSpanElement | null} */ (null));
  useFloat(open, control, listed, { fit: true, heightMax: 280 });
  const all = options.map((option) => (typeof option === "string" ? { value: option, label: option } : option));
  const chosen = all.find((option) => option.value === value);
  const shown = open ? found(all, text, Boolean(onQuery), chosen?.label ?? value ?? "") : [];
  useEffect(() => {
    listed.current?.children[at]?.scrollIntoView?.({ block: "nearest" });
  }, [at, open]);

  const begin = () => {
    if (disabled) return;
    setText(chosen?.label ?? value ?? "");
    setAt(Math.max(0, all.findIndex((option) => option.value === value)));
  };
  const take = (/** @type {string} */ next) => {
    setText(null);
    if (next !== value) onChange?.(next);
  };
  const leave = () => {
    if (text === null) return;
    if (free && text !== (chosen?.label ?? value ?? "")) take(text.trim());
    else if (text === "" && value) take("");
    setText(null);
  };
  const typed = (/** @type {Event} */ event) => {
    const next = /** @type {HTMLInputElement} */ (event.target).value;
    setText(next);
    setAt(0);
    onQuery?.(next);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) begin();
      else setAt(Math.max(0, Math.min(shown.length - 1, at + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && open) {
      if (shown[at]) take(shown[at].value);
      else leave();
    } else if (event.key === "Escape" && open) setText(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="combobox">
    <span ref=${control} class=${classes("control", { "control-wrong": invalid, "control-off": disabled })}>
      <input id=${id ?? own} class=${classes("input", { mono })} role="combobox" aria-expanded=${open} aria-controls=${list} aria-autocomplete="list"
        aria-activedescendant=${open && shown[at] ? `${list}-${at}` : undefined} aria-describedby=${describedBy} aria-invalid=${invalid ? "true" : undefined}
        aria-label=${label} placeholder=${placeholder} disabled=${disabled} autocomplete="off" spellcheck="false" value=${text ?? chosen?.label ?? value ?? ""}
        onFocus=${(/** @type {any} */ event) => (begin(), event.target.select())} onClick=${() => !open && begin()} onBlur=${leave} onInput=${typed} onKeyDown=${pressed} />
      <${Icon} name="chevrons-up-down" size=${14} class="control-mark" />
    </span>
    ${open && html`<ul class="combobox-list" popover="manual" id=${list} role="listbox" ref=${listed} aria-label=${label ?? "Choices"}>
      ${shown.map(
        (option, place) => html`<li id=${`${list}-${place}`} key=${option.value} role="option" aria-selected=${place === at}
          class=${classes("combobox-option", { now: place === at, chosen: option.value === value })}
          onMouseDown=${(/** @type {Event} */ event) => (event.preventDefault(), take(option.value))} onMouseMove=${() => setAt(place)}>
          <span class=${classes("truncate", { mono })}>${option.label}</span>${option.hint && html`<span class="combobox-hint">${option.hint}</span>`}
          ${option.value === value && html`<${Icon} name="check" size=${14} />`}
        </li>`,
      )}
      ${shown.length === 0 && html`<li class="combobox-none" role="option" aria-disabled="true" aria-selected="false">
        ${loading ? "Searching …" : free && text ? html`Takes <code>${text}</code>` : "Nothing found"}
      </li>`}
    </ul>`}
  </div>`;
}

/**
 * @param {Option[]} all
 * @param {string} text
 * @param {boolean} asTheyCome
 * @param {string} unchanged while nothing was typed, all are shown
 */
function found(all, text, asTheyCome, unchanged) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (asTheyCome || text === unchanged || words.length === 0) return all.slice(0, SHOWN_MAX);
  const holds = (/** @type {Option} */ option) => {
    const whole = `${option.label} ${option.value} ${option.hint ?? ""} ${option.group ?? ""}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  };
  return all.filter(holds).slice(0, SHOWN_MAX);
}
