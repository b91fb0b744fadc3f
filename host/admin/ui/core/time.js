/** Moments, durations and amounts as people read them; figures in the reader's own language settings are left to `Intl`. */
import { html, useEffect, useState } from "./html.js";
import { createStore, useStore } from "./store.js";

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const SAME_DAY = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const SAME_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const OTHER_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const COUNT = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Units from the largest, in seconds. @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const WEEK_S = 7 * 86_400;
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** The day of a moment, with the year if it is another. @param {Date} date @param {Date} from */
const day = (date, from) => (date.getFullYear() === from.getFullYear() ? DAY : OTHER_YEAR).format(date);

/** The time, moved on every ten seconds while somebody looks at it. */
const now = createStore(Date.now());
setInterval(() => {
  if (!document.hidden) now.set(Date.now());
}, 10_000);

/**
 * How long ago, or in how long: `3 min. ago`, `in 2 hr.`; the day where it is more than a week away, for which nobody reckons.
 * @param {string | number | Date} at
 * @param {number} [from]
 * @returns {string}
 */
export function ago(at, from = Date.now()) {
  const seconds = (new Date(at).getTime() - from) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  if (Math.abs(seconds) > WEEK_S) return day(new Date(at), new Date(from));
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/**
 * A moment as short as it is clear: the time today, the day and time this year, else the date.
 * @param {string | number | Date} at
 * @returns {string}
 */
export function moment(at) {
  const date = new Date(at);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return SAME_DAY.format(date);
  return (date.getFullYear() === today.getFullYear() ? SAME_YEAR : OTHER_YEAR).format(date);
}

/**
 * A moment relative to now, kept current; the exact one in its title. Nothing for a moment that there is not.
 * @param {{ at: string | number | null | undefined }} props
 */
export function Ago({ at }) {
  const from = useStore(now);
  if (!at) return html`<span class="faint">–</span>`;
  return html`<time dateTime=${new Date(at).toISOString()} title=${WHOLE.format(new Date(at))}>${ago(at, Math.max(from, Date.now()))}</time>`;
}

/**
 * A moment as such; the exact one in its title.
 * @param {{ at: string | number | null | undefined, whole?: boolean }} props
 */
export function Moment({ at, whole = false }) {
  if (!at) return html`<span class="faint">–</span>`;
  const date = new Date(at);
  return html`<time class="num" dateTime=${date.toISOString()} title=${WHOLE.format(date)}>${whole ? WHOLE.format(date) : moment(date)}</time>`;
}

/**
 * A duration: `840 µs`, `12 ms`, `1.4 s`, `3 min 5 s`, `2 h`, `3 d`.
 * @param {number | null | undefined} ms
 * @returns {string}
 */
export function duration(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return "–";
  if (ms > 0 && ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1_000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const [days, hours, minutes, seconds] = [ms / 86_400_000, (ms / 3_600_000) % 24, (ms / 60_000) % 60, (ms / 1000) % 60].map(Math.floor);
  const parts = days ? [`${days} d`, hours && `${hours} h`] : hours ? [`${hours} h`, minutes && `${minutes} min`] : [`${minutes} min`, seconds && `${seconds} s`];
  return parts.filter(Boolean).join(" ");
}

/**
 * Bytes in binary units: `512 B`, `1.4 KiB`, `64 MiB`.
 * @param {number | null | undefined} n
 * @returns {string}
 */
export function bytes(n) {
  if (n === null || n === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const at = n < 1 ? 0 : Math.min(Math.floor(Math.log2(n) / 10), units.length - 1);
  const amount = n / 1024 ** at;
  return `${at === 0 || amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10} ${units[at]}`;
}

/**
 * An amount: `1,234`; with `compact` `1.2K`.
 * @param {number | null | undefined} n
 * @param {{ compact?: boolean }} [options]
 * @returns {string}
 */
export function count(n, { compact = false } = {}) {
  if (n === null || n === undefined) return "–";
  return (compact && Math.abs(n) >= 10_000 ? COMPACT : COUNT).format(n);
}

/**
 * A share of a whole: `99.4 %`; nothing of nothing is `–`. It says 100 % only of all.
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function share(part, whole) {
  if (!whole) return "–";
  const percent = (part / whole) * 100;
  if (part === whole || part === 0) return `${percent} %`;
  return `${Math.min(99.9, Math.max(0.1, Math.round(percent * 10) / 10))} %`;
}

/**
 * The time as a number that moves on by itself, for a view that counts.
 * @param {number} [every] milliseconds
 * @returns {number}
 */
export function useNow(every = 1_000) {
  const [time, setTime] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setTime(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return time;
}
