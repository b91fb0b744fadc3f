/** The one door to Preact and htm: everything of the page imports from here. */
import { useState } from "../lib/preact-htm.js";

export {
  html, h, render, Component, createContext, useState, useReducer, useEffect, useLayoutEffect, useRef, useMemo, useCallback,
  useContext, useErrorBoundary,
} from "../lib/preact-htm.js";

let counted = 0;

/**
 * An id for an element that another one names (`for`, `aria-describedby`), the same as long as the view lives.
 * @param {string} [prefix]
 * @returns {string}
 */
export function useId(prefix = "id") {
  const [id] = useState(() => `${prefix}-${(counted += 1)}`);
  return id;
}

/**
 * Class names without those that do not hold: `classes("row", { open, busy: false })` is `"row open"` when `open` holds.
 * @param {...(string | undefined | Record<string, unknown>)} parts
 * @returns {string}
 */
export function classes(...parts) {
  const names = [];
  for (const part of parts) {
    if (typeof part === "string") {
      if (part) names.push(part);
    } else if (part) {
      for (const [name, holds] of Object.entries(part)) if (holds) names.push(name);
    }
  }
  return names.join(" ");
}
