/** What a list of runs is narrowed by. All of it stands in the address, so that a look can be shared and returned to. */
import { html, useEffect, useRef, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { useLoad } from "../../core/load.js";
import { Combobox } from "../../views/combobox.js";
import { Select } from "../../views/select.js";
import { Icon } from "../../views/icon.js";
import { isTyping } from "./rows.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */
/** @typedef {import("./shapes.js").AutomationRow} AutomationRow */
/** @typedef {Record<string, string|undefined>} Asked */

const HOUR = 3_600_000;

/** How far back, by the word in the address. */
const WITHIN = { "1h": HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR, "30d": 720 * HOUR };

export const TIMES = [
  { value: "", label: "Any time" },
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: "custom", label: "From … to …" },
];

export const STATES = [
  { value: "", label: "Any state" },
  { value: "failed", label: "Failed" },
  { value: "succeeded", label: "Succeeded" },
  { value: "running", label: "Running" },
  { value: "waiting", label: "Waiting" },
  { value: "held", label: "Held" },
  { value: "queued", label: "Queued" },
  { value: "cancelled", label: "Cancelled" },
];

/** A time of an input as the API takes it; nothing when it is none. @param {string|undefined} local */
export function moment(local) {
  if (!local) return undefined;
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** What the API is asked, by what stands in the address. `now` stays the same until the page is read anew.
 * @param {Asked} asked @param {number} now @returns {Record<string, string|undefined>} */
export function runQuery(asked, now) {
  const back = WITHIN[/** @type {keyof typeof WITHIN} */ (asked.within ?? "")];
  const custom = asked.within === "custom";
  return {
    automation: asked.automation,
    state: asked.state,
    contact: asked.contact,
    text: asked.text,
    from: back ? new Date(now - back).toISOString() : custom ? moment(asked.from) : undefined,
    to: custom ? moment(asked.to) : undefined,
  };
}

/** Whether a run is on the list by what it is now: the same question as the API's, for what the stream tells.
 * @param {Record<string, string|undefined>} query @returns {(run: RunBrief) => boolean} */
export function matcher(query) {
  return (run) =>
    (!query.automation || run.automation === query.automation) &&
    (!query.state || run.state === query.state) &&
    (!query.contact || run.contact === query.contact) &&
    (!query.from || run.began_at >= query.from);
}

/** Why the list cannot follow what happens, or nothing. @param {Asked} asked */
export function stillBecause(asked) {
  if (asked.text) return "A search looks at what has been, so it does not follow what happens";
  if (asked.within === "custom" && asked.to) return "The time that was chosen has an end";
  return "";
}

/** Every automation by name. */
export function useAutomations() {
  return useLoad(async (signal) => {
    /** @type {AutomationRow[]} */
    const all = [];
    let after;
    do {
      const page = await api.get("/automations", { query: { limit: 200, after }, signal });
      all.push(...page.items);
      after = page.next;
    } while (after && all.length < 2000);
    return all;
  }, []);
}

/** A search box that waits until one has typed. `/` leads to it.
 * @param {{value: string|undefined, onChange: (text: string|undefined) => void, label: string, placeholder: string}} props */
export function Search({ value, onChange, label, placeholder }) {
  const [text, setText] = useState(value ?? "");
  const box = useRef(/** @type {HTMLInputElement|null} */ (null));
  const told = useRef(value ?? "");
  useEffect(() => {
    if ((value ?? "") !== told.current) {
      told.current = value ?? "";
      setText(told.current);
    }
  }, [value]);
  useEffect(() => {
    if (text.trim() === told.current) return;
    const timer = setTimeout(() => {
      told.current = text.trim();
      onChange(told.current || undefined);
    }, 300);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ press) => {
      if (press.key !== "/" || isTyping(press)) return;
      press.preventDefault();
      box.current?.focus();
      box.current?.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const leave = (/** @type {KeyboardEvent} */ press) => {
    if (press.key === "Escape") box.current?.blur();
  };
  return html`<span class="find">
    <${Icon} name="search" />
    <input ref=${box} type="search" class="input find-input" aria-label=${label} placeholder=${placeholder} value=${text} spellcheck=${false}
      autocomplete="off" onInput=${(/** @type {InputEvent} */ typed) => setText(/** @type {HTMLInputElement} */ (typed.target).value)}
      onKeyDown=${leave} />
    <kbd class="find-key" aria-hidden="true">/</kbd>
  </span>`;
}

/** From and to, where a time of one's own was chosen.
 * @param {{asked: Asked, setQuery: (patch: Asked) => void}} props */
function Span({ asked, setQuery }) {
  const box = (/** @type {"from"|"to"} */ end, /** @type {string} */ label) => html`<label class="span-end"><span>${label}</span>
    <input type="datetime-local" class="input" value=${asked[end] ?? ""}
      onChange=${(/** @type {Event} */ chosen) => setQuery({ [end]: /** @type {HTMLInputElement} */ (chosen.target).value || undefined })} />
  </label>`;
  return html`<span class="span">${box("from", "From")}${box("to", "to")}</span>`;
}

/**
 * The row of filters.
 * @param {object} props
 * @param {Asked} props.asked
 * @param {(patch: Asked) => void} props.setQuery
 * @param {AutomationRow[]} props.automations
 * @param {boolean} [props.states] Whether states can be chosen.
 * @param {string} props.placeholder
 * @param {unknown} [props.children] What stands at the end.
 */
export function RunFilters({ asked, setQuery, automations, states = true, placeholder, children }) {
  const options = [{ value: "", label: "All automations" }, ...automations.map(({ id, name }) => ({ value: id, label: name }))];
  const set = (/** @type {string} */ key) => (/** @type {string|null} */ value) => setQuery({ [key]: value || undefined });
  return html`<div class="filters" role="search" aria-label="Narrow the list">
    <${Search} label="Search" placeholder=${placeholder} value=${asked.text} onChange=${set("text")} />
    <${Combobox} label="Automation" options=${options} value=${asked.automation ?? ""} onChange=${set("automation")} />
    ${states && html`<${Select} label="State" options=${STATES} value=${asked.state ?? ""} onChange=${set("state")} />`}
    <${Select} label="Time" options=${TIMES} value=${asked.within ?? ""}
      onChange=${(/** @type {string} */ within) => setQuery({ within: within || undefined, from: undefined, to: undefined })} />
    ${asked.within === "custom" && html`<${Span} asked=${asked} setQuery=${setQuery} />`}
    ${children}
  </div>`;
}
