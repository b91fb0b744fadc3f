/** Whether somebody is at the page, and whether it may ask the host for anything: it rests from the end of a session to the next one. */
import { createStore } from "./store.js";

/** For how long somebody is there after their last touch, in milliseconds. */
const THERE_MS = 60_000;

let touched = Date.now();
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  window.addEventListener(kind, () => (touched = Date.now()), { capture: true, passive: true });
}

/**
 * Whether somebody touched the page lately. What it asks for while nobody does is the page's own wish and keeps no session alive.
 * @returns {boolean}
 */
export function isSomebodyThere() {
  return Date.now() - touched < THERE_MS;
}

/** Whether the page rests: its session has ended, and nothing is asked until the next one begins. */
export const rests = createStore(false);
