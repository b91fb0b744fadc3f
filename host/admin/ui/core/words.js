/** What states are called and which tone they have: one table for the whole page. */

/** @typedef {"ok" | "bad" | "warn" | "info" | "idle"} Tone */

/** By the word of the API: the word for people, and the tone. @type {Record<string, [string, Tone]>} */
const STATES = {
  // automations
  draft: ["Draft", "idle"],
  live: ["Live", "ok"],
  paused: ["Paused", "warn"],
  archived: ["Archived", "idle"],
  // runs and steps
  queued: ["Queued", "info"],
  running: ["Running", "info"],
  waiting: ["Waiting", "info"],
  held: ["Held", "warn"],
  succeeded: ["Succeeded", "ok"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "idle"],
  skipped: ["Skipped", "idle"],
  retrying: ["Retrying", "warn"],
  tolerated: ["Tolerated", "warn"],
  // messages
  suppressed: ["Suppressed", "idle"],
  sending: ["Sending", "info"],
  sent: ["Sent", "ok"],
  delivered: ["Delivered", "ok"],
  unknown: ["Unknown", "warn"],
  received: ["Received", "info"],
  // conversations
  open: ["Open", "ok"],
  closed: ["Closed", "idle"],
  // plugins
  pending: ["Pending", "warn"],
  approved: ["Approved", "ok"],
  refused: ["Refused", "bad"],
  active: ["Active", "ok"],
  healthy: ["Healthy", "ok"],
  quarantined: ["Quarantined", "bad"],
  probing: ["Probing", "warn"],
  // users and the audit log
  invited: ["Invited", "info"],
  disabled: ["Disabled", "idle"],
  whole: ["Whole", "ok"],
  broken: ["Broken", "bad"],
};

/**
 * The word and the tone of a state. One that this page does not know is shown as it came.
 * @param {string} state
 * @returns {{ word: string, tone: Tone }}
 */
export function stateWords(state) {
  const [word, tone] = STATES[state] ?? [sentence(state), "idle"];
  return { word, tone };
}

/**
 * A word of the API as a label: `quiet_hours` is `Quiet hours`.
 * @param {string} text
 * @returns {string}
 */
export function sentence(text) {
  const spaced = text.replace(/[_-]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/**
 * A number with its noun: `1 run`, `3 runs`.
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function plural(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/**
 * The reason of an error in a sentence, for toasts and lines; `ErrorBox` shows more.
 * @param {any} error
 * @returns {string}
 */
export function because(error) {
  return error?.detail || error?.message || String(error);
}
