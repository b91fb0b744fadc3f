/** The figures of the overview as charts want them. */
import { html } from "../../core/html.js";
import { count } from "../../core/time.js";

/**
 * What `GET /stats/overview` answers.
 * @typedef {object} Overview
 * @property {string} from
 * @property {number} step_s
 * @property {number[]} captures
 * @property {number[]} succeeded
 * @property {number[]} failed
 * @property {(number | null)[]} queue_depth
 * @property {(number | null)[]} p50_ms
 * @property {(number | null)[]} p99_ms
 * @property {{ code: string, automation: string, automation_name: string, count: number }[]} failures
 * @property {{ captures_waiting: number, runs_waiting: number, runs_due: number, held: number, outbox: number }} queue
 * @property {{ name: string, calls: number, failed: number, mean_us: number, p99_us: number, max_us: number }[]} plugins
 * @property {{ automation: string, name: string, usual_per_hour: number, last_capture_at: string | null }[]} silent
 * @property {{ captures: number, succeeded: number, failed: number }} totals
 */

/**
 * The moments of the steps, in seconds.
 * @param {Overview | null} overview
 * @returns {number[]}
 */
export function seconds(overview) {
  if (!overview) return [];
  const from = new Date(overview.from).getTime() / 1000;
  return overview.captures.map((_, step) => from + step * overview.step_s);
}

/**
 * Counts of steps as counts per minute.
 * @param {number[] | undefined} values
 * @param {number} stepS
 * @returns {number[]}
 */
export function perMinute(values, stepS) {
  return (values ?? []).map((value) => (value * 60) / stepS);
}

/**
 * A count with a bar of its share of the largest.
 * @param {{ value: number, most: number }} props
 */
export function ShareOf({ value, most }) {
  return html`<span class="share-of"><meter min="0" max=${most} value=${value} aria-hidden="true"></meter><span class="num">${count(value)}</span></span>`;
}
