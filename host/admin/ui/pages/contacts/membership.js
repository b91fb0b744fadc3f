/** Who is on which list: the few calls of the API that two pages make. */
import { api } from "../../core/api.js";

/** @typedef {import("api").Schemas["List"]} List */

/** More lists than these are not offered to be chosen from. */
const LISTS_MAX = 2000;

/** Every list. @param {AbortSignal} signal @returns {Promise<List[]>} */
export async function everyList(signal) {
  /** @type {List[]} */
  const all = [];
  let after;
  do {
    const page = await api.get("/lists", { query: { limit: 500, after }, signal });
    all.push(...page.items);
    after = page.next;
  } while (after && all.length < LISTS_MAX);
  return all;
}

/** Puts contacts on a list. @param {string} list @param {string[]} contacts */
export const putOn = (list, contacts) => api.post(`/lists/${list}/contacts`, { contacts });

/** Takes a contact off a list. @param {string} list @param {string} contact */
export const takeOff = (list, contact) => api.delete(`/lists/${list}/contacts/${contact}`);
