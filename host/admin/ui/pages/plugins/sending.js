/** An upload under way: hashed here, sent, then inspected by the host, which tells what it is doing in lines. */
import { api, ApiError } from "../../core/api.js";
import { useCallback, useEffect, useRef, useState } from "../../core/html.js";

/**
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("./data.js").Report} Report
 * @typedef {"hashing" | "sending" | "checking" | "compiling" | "describing"} Phase
 *
 * @typedef {object} Sending
 * @property {File | null} file What was chosen last.
 * @property {"idle" | "under-way" | "taken" | "known" | "unfit" | "failed"} state `known`: the workspace has it already;
 *   `unfit`: it cannot be a plugin.
 * @property {Phase} phase
 * @property {number} began When the phase began, in milliseconds.
 * @property {Partial<Record<Phase, number>>} took How long each phase that is over took, in milliseconds.
 * @property {number} sent Bytes.
 * @property {string | null} digest
 * @property {Detail | null} plugin
 * @property {Report | null} report
 * @property {ApiError | null} error
 */

/** @type {readonly Phase[]} In their order. */
export const PHASES = ["hashing", "sending", "checking", "compiling", "describing"];

/** @type {Sending} */
const IDLE = {
  file: null,
  state: "idle",
  phase: "hashing",
  began: 0,
  took: {},
  sent: 0,
  digest: null,
  plugin: null,
  report: null,
  error: null,
};

/** What was dropped on another page and is to be sent by the page of uploads. @type {File | null} */
let handed = null;

/**
 * Hands a file to the page of uploads, before going there.
 * @param {File} file
 */
export function handOver(file) {
  handed = file;
}

/**
 * Sends files, one at a time. Leaving the page ends what is under way, of which the host then keeps nothing.
 * @returns {Sending & {send: (file: File) => void, giveUp: () => void}}
 */
export function useSending() {
  const [sending, set] = useState(IDLE);
  const current = useRef(/** @type {AbortController | null} */ (null));

  const giveUp = useCallback(() => {
    current.current?.abort();
    current.current = null;
    set(IDLE);
  }, []);

  const send = useCallback(async (/** @type {File} */ file) => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    const told = (/** @type {(before: Sending) => Sending} */ change) => {
      if (current.current === mine) set(change);
    };
    set({ ...IDLE, file, state: "under-way", began: Date.now() });
    try {
      const end = await sent(file, mine.signal, told);
      told((before) => ({ ...before, ...end, took: tookWith(before) }));
    } catch (/** @type {any} */ error) {
      told((before) => refused(before, error));
    }
  }, []);

  useEffect(() => {
    if (handed) send(handed);
    handed = null;
    return () => current.current?.abort();
  }, []);
  return { ...sending, send, giveUp };
}

/**
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(change: (before: Sending) => Sending) => void} told
 * @returns {Promise<Pick<Sending, "state" | "plugin" | "report">>}
 */
async function sent(file, signal, told) {
  const digest = await digestOf(file);
  told((before) => ({ ...before, digest }));
  const known = digest && (await found(digest, signal));
  if (known) return { state: "known", plugin: known, report: null };
  told((before) => inPhase(before, "sending"));
  const answer = await api.upload("/plugins", file, {
    signal,
    onProgress: (bytes) => told((before) => ({ ...before, sent: bytes })),
    onLine: ({ phase }) => told((before) => inPhase(before, phase === "receiving" ? "sending" : phase)),
  });
  return { state: answer.report ? "taken" : "known", plugin: answer.plugin, report: answer.report };
}

/**
 * @param {Sending} before
 * @param {Phase} phase
 * @returns {Sending}
 */
function inPhase(before, phase) {
  if (phase === before.phase) return before;
  return { ...before, phase, began: Date.now(), took: tookWith(before) };
}

/**
 * What is unfit was sent and looked at, also when the host was too quick to say so.
 * @param {Sending} before
 * @param {any} error
 * @returns {Sending}
 */
function refused(before, error) {
  if (!error.report) return { ...before, state: "failed", error };
  const at = before.phase === "sending" ? inPhase(before, "checking") : before;
  return { ...at, state: "unfit", error, report: error.report };
}

/** @param {Sending} before */
function tookWith({ took, phase, began }) {
  return { ...took, [phase]: Date.now() - began };
}

/**
 * Its SHA-256; null where the browser does not tell it (plain HTTP from afar), so that the host looks for it alone.
 * @param {File} file
 */
async function digestOf(file) {
  if (!window.crypto.subtle) return null;
  const digest = await window.crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The version that this component is, if the workspace has it.
 * @param {string} digest
 * @param {AbortSignal} signal
 * @returns {Promise<Detail | null>}
 */
async function found(digest, signal) {
  try {
    return await api.get(`/plugins/${digest}`, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
