/** Hours of the week, as inboxes keep quiet in: in a line, and as a form. */
import { classes, html, useMemo } from "../../core/html.js";
import { Combobox } from "../../views/combobox.js";
import { Field, Input } from "../../views/field.js";
import { zones } from "./places.js";

/**
 * @typedef {import("api").Schemas["Day"]} Day
 * @typedef {import("api").Schemas["Hours"]} Hours
 */

/** @type {[Day, string][]} */
const DAYS = [
  ["mon", "Mon"],
  ["tue", "Tue"],
  ["wed", "Wed"],
  ["thu", "Thu"],
  ["fri", "Fri"],
  ["sat", "Sat"],
  ["sun", "Sun"],
];

/** Quiet hours to begin with: the night. @type {Hours} */
export const NIGHT = { days: [], from: "21:00", to: "08:00", zone: null };

/**
 * The hours in a line: `21:00 to 08:00, Mon, Tue, Europe/Berlin`.
 * @param {Hours} hours
 */
export function hoursText({ days = [], from, to, zone }) {
  const named = DAYS.filter(([day]) => days.includes(day)).map(([, name]) => name);
  const when = days.length === 0 || days.length === 7 ? "every day" : named.join(", ");
  return [`${from} to ${to}`, when, zone].filter(Boolean).join(", ");
}

/** Whether they end on the day after they began. @param {Hours} hours */
function overNight({ from, to }) {
  return to <= from;
}

/**
 * @param {{hours: Hours, off: boolean, onChange: (hours: Hours) => void, fault?: string}} props `fault`: what is wrong with them.
 */
export function HoursForm({ hours, off, onChange, fault }) {
  const clocks = useMemo(() => [{ value: "", label: "The workspace’s" }, ...zones()], []);
  const { days = [] } = hours;
  const set = (/** @type {Partial<Hours>} */ patch) => onChange({ ...hours, ...patch });
  const toggle = (/** @type {Day} */ day) => {
    const now = days.length === 0 ? DAYS.map(([one]) => one) : days;
    const next = now.includes(day) ? now.filter((one) => one !== day) : [...now, day];
    if (next.length > 0) set({ days: next.length === DAYS.length ? [] : next });
  };
  return html`<div class="stack">
    <div class="hours-times">
      <${Field} label="From" error=${fault}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} type="time" required disabled=${off} value=${hours.from} onInput=${(/** @type {string} */ from) => set({ from })} />`}
      <//>
      <${Field} label="To" hint=${overNight(hours) ? "On the day after" : undefined}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} type="time" required disabled=${off} value=${hours.to} onInput=${(/** @type {string} */ to) => set({ to })} />`}
      <//>
      <${Field} label="Time zone" hint="Of contacts whose own is not known.">
        ${(/** @type {any} */ field) =>
          html`<${Combobox} ...${field} options=${clocks} disabled=${off} value=${hours.zone ?? ""} onChange=${(/** @type {string} */ zone) => set({ zone: zone || null })} />`}
      <//>
    </div>
    <fieldset disabled=${off}>
      <legend class="label">Days on which they begin</legend>
      <div class="days">
        ${DAYS.map(([day, name]) => {
          const on = days.length === 0 || days.includes(day);
          return html`<button type="button" key=${day} class=${classes("day", { "day-on": on })} aria-pressed=${on} onClick=${() => toggle(day)}>${name}</button>`;
        })}
      </div>
    </fieldset>
  </div>`;
}
