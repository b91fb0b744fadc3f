/** What a list of runs is narrowed by. All of it stands in the address, so that a look can be shared and returned to. */
import { html } from "../../core/html.js";
import { everyPage, useLoad } from "../../core/load.js";
import { Combobox } from "../../views/combobox.js";
import { FilterSelect, Filters, TimeRange } from "../../views/filters.js";
import { SearchBox } from "./search.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */
/** @typedef {import("./shapes.js").AutomationRow} AutomationRow */
/** @typedef {Record<string, string|undefined>} Asked */

/** States by the word of the address. */
const STATES = [
  { value: "failed", label: "Failed" },
  { value: "succeeded", label: "Succeeded" },
  { value: "running", label: "Running" },
  { value: "waiting", label: "Waiting" },
  { value: "held", label: "Held" },
  { value: "queued", label: "Queued" },
  { value: "cancelled", label: "Cancelled" },
];

/** What narrows a list, by the words of the address. */
export const NARROWING = ["automation", "state", "contact", "text", "from", "to", "code"];

/** Nothing of it. @returns {Record<string, undefined>} */
export const nothing = () => Object.fromEntries(NARROWING.map((name) => [name, undefined]));

/** Whether anything of it is set. @param {Asked} asked */
export const isNarrowed = (asked) => NARROWING.some((name) => asked[name]);

/** What the API is asked, by what stands in the address. @param {Asked} asked @returns {Asked} */
export function runQuery({ automation, state, contact, text, from, to }) {
  return { automation, state, contact, text, from, to };
}

/** Whether a run is on the list by what it is now: the same question as the API's, for what the stream tells.
 * @param {Asked} query @returns {(run: RunBrief) => boolean} */
export function matcher(query) {
  const from = query.from ? new Date(query.from).getTime() : 0;
  return (run) =>
    (!query.automation || run.automation === query.automation) &&
    (!query.state || run.state === query.state) &&
    (!query.contact || run.contact === query.contact) &&
    new Date(run.began_at).getTime() >= from;
}

/** Why the list cannot follow what happens, or nothing. @param {Asked} asked */
export function stillBecause(asked) {
  if (asked.text) return "A search looks at what has been; without one the list follows what happens";
  if (asked.to) return "The time that was chosen has an end; without it the list follows what happens";
  return "";
}

/** Every automation by name. @returns {import("../../core/load.js").Loaded<AutomationRow[]>} */
export function useAutomations() {
  return useLoad((signal) => everyPage("/automations", {}, signal), []);
}

/** The choice of an automation.
 * @param {{automations: AutomationRow[], value: string|undefined, onChange: (id: string|undefined) => void}} props */
export function AutomationFilter({ automations, value, onChange }) {
  const options = [{ value: "", label: "All automations" }, ...automations.map(({ id, name }) => ({ value: id, label: name }))];
  return html`<span class=${value ? "filter-automation filter-on" : "filter-automation"}>
    <${Combobox} label="Automation" options=${options} value=${value ?? ""} onChange=${(/** @type {string} */ id) => onChange(id || undefined)} /></span>`;
}

/**
 * The row of filters of runs, dead letters or captures.
 * @param {object} props
 * @param {string} [props.label] What is searched, for readers of screens.
 * @param {string} [props.placeholder] Where a text is looked for.
 * @param {Asked} props.asked
 * @param {(patch: Asked) => void} props.setQuery
 * @param {AutomationRow[]} props.automations
 * @param {boolean} [props.states] Whether states can be chosen.
 * @param {unknown} [props.children] What stands behind the others.
 */
export function RunFilters({ asked, setQuery, automations, states = true, label = "Search runs", placeholder = "Id, contact, failure, step, body", children }) {
  const set = (/** @type {string} */ key) => (/** @type {string|undefined} */ value) => setQuery({ [key]: value || undefined });
  return html`<${Filters} active=${isNarrowed(asked)} onClear=${() => setQuery(nothing())}>
    <${SearchBox} label=${label} placeholder=${placeholder} value=${asked.text} onChange=${set("text")} />
    <${AutomationFilter} automations=${automations} value=${asked.automation} onChange=${set("automation")} />
    ${states && html`<${FilterSelect} label="State" all="Any state" options=${STATES} value=${asked.state} onChange=${set("state")} />`}
    <${TimeRange} from=${asked.from} to=${asked.to} onChange=${(/** @type {{from: string, to: string}} */ range) => setQuery(range)} />
    ${children}
  <//>`;
}
