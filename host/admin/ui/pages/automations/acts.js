/** What is done to automations: made, copied, brought to another state, taken in and out as YAML. */

import { api } from "../../core/api.js";
import { everyPage } from "../../core/load.js";
import { confirm } from "../../views/dialog.js";
import { toast } from "../../views/toast.js";

/** @typedef {import("../editor/state.js").Automation} Automation */
/** @typedef {import("api").Schemas["Applied"]} Applied what became of a document; with the first key when it made an automation */

const YAML = "application/yaml";
/** What an answer with an automation is asked with when its document may be sent on: where the sample is, to be kept to the letter. */
export const verbatim = [["document", "trigger", "webhook", "sample"]];

/**
 * Every automation, oldest first.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Automation[]>}
 */
export function everyAutomation(signal) {
  return everyPage("/automations", {}, signal);
}

/**
 * Applies a document: the automation of its name becomes what it says, or is made as a draft.
 * @param {any} document
 * @returns {Promise<Applied>}
 */
export function applyDraft(document) {
  return api.put("/automations", document, { query: { state: "draft" } });
}

/**
 * Applies a document in YAML, which keeps what its author wrote.
 * @param {string} text
 * @returns {Promise<Applied>}
 */
export function applyYaml(text) {
  return api.put("/automations", text, { type: YAML, query: { state: "draft" } });
}

/**
 * Copies an automation as a draft of another name.
 * @param {Automation} automation
 * @returns {Promise<Applied>}
 */
export async function duplicate(automation) {
  const taken = new Set((await everyAutomation()).map(({ name }) => name));
  const names = ["copy", ...Array.from({ length: taken.size + 1 }, (_, index) => `copy ${index + 2}`)];
  const name = names.map((word) => `${automation.name} ${word}`).find((candidate) => !taken.has(candidate));
  // Read anew, with its sample to the letter.
  const { document } = await api.get(`/automations/${automation.id}`, { verbatim });
  return applyDraft({ ...document, name });
}

/**
 * The document of an automation as a file.
 * @param {Automation} automation
 */
export async function exportYaml(automation) {
  const text = await api.get(`/automations/${automation.id}/document`, { accept: YAML });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: YAML }));
  link.download = `${automation.name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "automation"}.yaml`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What becoming of a state means, asked before it happens where it stops something. */
const STATES = {
  live: { label: "Go live", icon: "play", done: "is live", ask: null },
  paused: {
    label: "Pause", icon: "pause", done: "is paused", ask: {
      text: "Requests are still captured and answered. Their runs are held and begin when it is live again.", confirm: "Pause", danger: false,
    },
  },
  archived: {
    label: "Archive", icon: "archive", done: "is archived", ask: {
      text: "Requests are refused with 410 from now on. Its runs and versions stay, and it can be made live again.", confirm: "Archive", danger: true,
    },
  },
};

/** @typedef {keyof typeof STATES} Target */

/**
 * Where an automation can be brought from a state, what is nearest first.
 * @param {string} state
 * @returns {{state: Target, label: string, icon: string}[]}
 */
export function targets(state) {
  /** @type {Target[]} */
  const all = state === "live" ? ["paused", "archived"] : state === "archived" ? ["live"] : ["live", "archived"];
  return all.map((target) => {
    const { label, icon } = STATES[target];
    return { state: target, icon, label: target === "live" && state === "paused" ? "Resume" : label };
  });
}

/**
 * Brings an automation to a state, after asking where that stops something.
 * @param {Automation} automation
 * @param {Target} state
 * @returns {Promise<Automation | null>} null when it was thought better of
 */
export async function bringTo(automation, state) {
  const { ask, done } = STATES[state];
  if (ask && !(await confirm({ title: `${ask.confirm} “${automation.name}”?`, ...ask }))) return null;
  const after = await api.post(`/automations/${automation.id}/state`, { state }, { verbatim });
  toast(`${automation.name} ${done}`, "ok");
  return after;
}
