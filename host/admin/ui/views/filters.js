/** A row of filters above a list. What they say stands in the query of the address, so that it can be sent to somebody. */
import { html, useEffect, useRef } from "../core/html.js";
import { Button } from "./button.js";
import { Select } from "./field.js";
import { Icon } from "./icon.js";

/** @param {{ children: any, active?: boolean, onClear?: () => void, aside?: any }} props */
export function Filters({ children, active, onClear, aside }) {
  return html`<div class="filters" role="search">
    ${children}
    ${active && onClear && html`<${Button} kind="quiet" icon="x" onClick=${onClear}>Clear<//>`}
    ${aside && html`<div class="right row">${aside}</div>`}
  </div>`;
}

/** @param {{ label: string, options: (string | { value: string, label: string })[], value?: string | null, onChange: (value: string) => void, all?: string }} props */
export function FilterSelect({ label, options, value, onChange, all }) {
  return html`<${Select} class=${value ? "filter filter-on" : "filter"} aria-label=${label} placeholder=${all ?? label} options=${options} value=${value ?? ""} onChange=${onChange} />`;
}

/** A search that `/` leads to. @param {{ value: string, onInput: (text: string) => void, placeholder?: string, label?: string }} props */
export function Search({ value, onInput, placeholder = "Search", label = placeholder }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog, [contenteditable]");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || typing) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  const typed = (/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.target).value);
  const left = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    if (value) onInput("");
    else input.current?.blur();
  };
  return html`<span class="control search">
    <${Icon} name="search" size=${15} class="control-mark" />
    <input ref=${input} class="input" type="search" value=${value} placeholder=${placeholder} aria-label=${label} onInput=${typed} onKeyDown=${left} autocomplete="off" spellcheck="false" />
    ${!value && html`<span class="control-mark kbd" aria-hidden="true">/</span>`}
  </span>`;
}

/** Times that are usually meant, in minutes. */
const RANGES = [
  { value: "60", label: "Last hour" },
  { value: "1440", label: "Last 24 hours" },
  { value: "10080", label: "Last 7 days" },
  { value: "43200", label: "Last 30 days" },
];

/**
 * From when to when, as texts of RFC 3339 in UTC; empty for always. A choice such as "last hour" is from a moment on.
 * @param {{ from?: string, to?: string, onChange: (range: { from: string, to: string }) => void }} props
 */
export function TimeRange({ from = "", to = "", onChange }) {
  const own = (/** @type {string} */ text) => {
    if (!text) return "";
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? "" : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const utc = (/** @type {string} */ text) => (text ? new Date(text).toISOString() : "");
  const options = from || to ? [{ value: "own", label: "From … to …" }, ...RANGES] : [...RANGES, { value: "own", label: "From … to …" }];
  const chosen = (/** @type {string} */ value) => {
    if (!value) onChange({ from: "", to: "" });
    else if (value === "own") onChange({ from: new Date(Date.now() - 3_600_000).toISOString(), to: "" });
    else onChange({ from: new Date(Date.now() - Number(value) * 60_000).toISOString(), to: "" });
  };
  const picked = (/** @type {"from" | "to"} */ part) => (/** @type {any} */ event) => onChange({ from, to, [part]: utc(event.target.value) });
  return html`<div class="range">
    <${Select} class=${from || to ? "filter filter-on" : "filter"} aria-label="Time" placeholder="Any time" options=${options} value=${from || to ? "own" : ""} onChange=${chosen} />
    ${(from || to) && html`<span class="control"><input class="input" type="datetime-local" aria-label="From" value=${own(from)} onChange=${picked("from")} /></span>
      <span class="control"><input class="input" type="datetime-local" aria-label="To" value=${own(to)} onChange=${picked("to")} /></span>`}
  </div>`;
}
