/** Who is on which list: the few calls of the API that two pages make. */
import { api } from "../../core/api.js";
import { everyPage } from "../../core/load.js";

/** @typedef {import("api").Schemas["List"]} List */

/** Every list. @param {AbortSignal} signal @returns {Promise<List[]>} */
export const everyList = (signal) => everyPage("/lists", {}, signal);

/** Puts contacts on a list. @param {string} list @param {string[]} contacts */
export const putOn = (list, contacts) => api.post(`/lists/${list}/contacts`, { contacts });

/** Takes a contact off a list. @param {string} list @param {string} contact */
export const takeOff = (list, contact) => api.delete(`/lists/${list}/contacts/${contact}`);
