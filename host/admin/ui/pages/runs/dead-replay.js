/** Repeating dead letters in bulk: one by one where some are picked, by the host where all are meant, and what came of it. */
import { useRef, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { useLoad } from "../../core/load.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */
/** @typedef {import("./replay.js").ReplayWish} ReplayWish */
/** @typedef {{run: string, reason: string}} Skipped */
/** @typedef {Record<string, number>} Counts */

/**
 * How far a bulk replay is.
 * @typedef {object} Bulk
 * @property {"sending"|"watching"|"over"|"stopped"} phase
 * @property {number|null} wanted How many are to be repeated; null when nobody knows.
 * @property {number} sent How many were.
 * @property {Skipped[]} skipped Those that were not, and why.
 * @property {number} skippedCount
 * @property {Counts} states What the new runs have come to.
 * @property {string} error Why it ended early.
 */

/** So many requests at once. */
const AT_ONCE = 4;
/** So many dead letters in one request. */
const BATCH = 50;
/** The most reasons that are kept to be shown. */
const SKIPPED_KEPT = 200;
/** The most pages of new runs that are looked at each time. */
const LOOK_PAGES = 20;

/** @type {Bulk} */
const BEGIN = { phase: "sending", wanted: null, sent: 0, skipped: [], skippedCount: 0, states: {}, error: "" };

const OVER = ["succeeded", "failed", "cancelled"];

/** How many of the new runs are over. @param {Counts} states */
export const overOf = (states) => OVER.reduce((sum, state) => sum + (states[state] ?? 0), 0);

/** @param {unknown} error */
const told = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Counts what came of the runs that repeat others and began after one that was there before.
 * @param {RunBrief|undefined} before By its time, because the clock here may not be that of the host.
 * @param {string|undefined} automation
 * @returns {Promise<Counts>}
 */
async function look(before, automation) {
  const from = before?.began_at;
  /** @type {Counts} */
  const counts = {};
  let after;
  for (let page = 0; page < LOOK_PAGES; page += 1) {
    const answer = await api.get("/runs", { query: { from, automation, brief: true, limit: 500, after } });
    for (const run of /** @type {RunBrief[]} */ (answer.items)) if (run.replay_of && run.id !== before?.id) counts[run.state] = (counts[run.state] ?? 0) + 1;
    after = answer.next;
    if (!after) break;
  }
  return counts;
}

/** @typedef {import("api").Schemas["BulkReplayCount"]} Found how many there are, and whether there may be more */

/**
 * How many dead letters a bulk replay would repeat.
 * @param {{automation?: string, code?: string} | null} which null when nobody wants to know
 * @returns {import("../../core/load.js").Loaded<Found | null>}
 */
export function useDeadCount(which) {
  const count = async (/** @type {AbortSignal} */ signal) => (which ? api.get("/runs/replay", { query: which, signal }) : null);
  return useLoad(count, [JSON.stringify(which)]);
}

/** A bulk replay and the means to begin and end it. */
export function useBulk() {
  const [bulk, setBulk] = useState(/** @type {Bulk|null} */ (null));
  const stopped = useRef(false);
  /** @type {(patch: (old: Bulk) => Partial<Bulk>) => void} */
  const change = (patch) => setBulk((old) => (old ? { ...old, ...patch(old) } : old));
  const skip = (/** @type {Skipped[]} */ more) =>
    change((old) => ({ skipped: [...old.skipped, ...more].slice(0, SKIPPED_KEPT), skippedCount: old.skippedCount + more.length }));

  /** Follows the new runs until all are over, or nobody wants to know.
   * @param {number} sent @param {() => Promise<Counts>} ask */
  const watch = async (sent, ask) => {
    change(() => ({ phase: "watching" }));
    while (!stopped.current) {
      const states = await ask();
      change(() => ({ states }));
      if (overOf(states) >= sent) break;
      await new Promise((go) => setTimeout(go, 1000));
    }
    change(() => ({ phase: stopped.current ? "stopped" : "over" }));
  };

  /** @param {Bulk} begin @param {() => Promise<void>} act */
  const begin = async (begin, act) => {
    stopped.current = false;
    setBulk(begin);
    try {
      await act();
    } catch (error) {
      change(() => ({ phase: "over", error: told(error) }));
    }
  };

  /** Repeats these, each by itself.
   * @param {string[]} ids @param {ReplayWish} wish */
  const replayThese = (ids, wish) =>
    begin({ ...BEGIN, wanted: ids.length }, async () => {
      const left = [...ids];
      /** @type {string[]} */
      const made = [];
      const worker = async () => {
        for (let id = left.shift(); id && !stopped.current; id = left.shift()) {
          try {
            made.push((await api.post(`/runs/${id}/replay`, wish)).id);
            change((old) => ({ sent: old.sent + 1 }));
          } catch (/** @type {any} */ error) {
            if (error.status !== 409 && error.status !== 404) throw error;
            skip([{ run: id, reason: told(error) }]);
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      /** @type {Map<string, string>} */
      const states = new Map();
      await watch(made.length, async () => {
        const open = made.filter((id) => !OVER.includes(states.get(id) ?? "")).slice(0, 100);
        await Promise.all(open.map(async (id) => states.set(id, (await api.get(`/runs/${id}`)).state)));
        /** @type {Counts} */
        const counts = {};
        for (const state of states.values()) counts[state] = (counts[state] ?? 0) + 1;
        return counts;
      });
    });

  /** Repeats all there are, oldest first.
   * @param {{automation?: string, code?: string}} which @param {ReplayWish} wish @param {number|null} wanted How many there are. */
  const replayAll = (which, wish, wanted) =>
    begin({ ...BEGIN, wanted }, async () => {
      const [before] = (await api.get("/runs", { query: { brief: true, limit: 1 } })).items;
      let after;
      let sent = 0;
      do {
        const answer = await api.post("/runs/replay", { ...which, ...wish, limit: BATCH, after });
        sent += answer.replayed;
        change((old) => ({ sent: old.sent + answer.replayed }));
        skip(answer.skipped);
        after = answer.next ?? undefined;
      } while (after && !stopped.current);
      await watch(sent, () => look(before, which.automation));
    });

  return {
    bulk,
    replayThese,
    replayAll,
    stop: () => {
      stopped.current = true;
    },
    close: () => {
      stopped.current = true;
      setBulk(null);
    },
  };
}
