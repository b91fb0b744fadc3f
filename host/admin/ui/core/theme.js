/** Light, dark or as the system says: kept in this browser, set on `<html>` by `first.js` before anything is drawn. */
import { createStore, useStore } from "./store.js";

/** @typedef {"light" | "dark" | "system"} Theme */

/** The same name as in `first.js`. */
const KEPT = "hookbox-theme";

/** @returns {Theme} */
function kept() {
  const theme = window.localStorage.getItem(KEPT);
  return theme === "light" || theme === "dark" ? theme : "system";
}

const theme = createStore(kept());
const drawn = createStore(0);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => drawn.set(drawn.get() + 1));

/** @param {Theme} next */
export function setTheme(next) {
  if (next === "system") {
    window.localStorage.removeItem(KEPT);
    delete document.documentElement.dataset.theme;
  } else {
    window.localStorage.setItem(KEPT, next);
    document.documentElement.dataset.theme = next;
  }
  theme.set(next);
  drawn.set(drawn.get() + 1);
}

/** The choice, and how to make another. */
export function useTheme() {
  return { theme: useStore(theme), setTheme };
}

/**
 * A colour of `tokens.css` as it is at present, for what is not drawn by CSS.
 * @param {string} name
 * @returns {string}
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Calls `told` whenever colours change, until the function that it returns is called.
 * @param {() => void} told
 * @returns {() => void}
 */
export function onThemeChange(told) {
  return drawn.watch(told);
}
