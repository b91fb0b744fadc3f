/** Steps in a list: added, moved, copied and taken away, each known by a key of its own while it moves. */

import { useRef } from "../../../core/html.js";

/** @typedef {{[key: string]: any}} Step */

let counted = 0;

/** @returns {string} */
function fresh() {
  counted += 1;
  return `step-${counted}`;
}

/**
 * What is done to the steps of a draft. `keys` has one for each step, which stays with it.
 * @param {import("../state.js").Draft} draft
 */
export function useSteps(draft) {
  /** @type {Step[]} */
  const steps = Array.isArray(draft.doc.steps) ? draft.doc.steps : [];
  const keys = useRef(/** @type {string[]} */ ([]));
  if (keys.current.length !== steps.length) keys.current = steps.map((_, index) => keys.current[index] ?? fresh());

  const put = (/** @type {Step[]} */ next, /** @type {string[]} */ nextKeys) => {
    if (draft.locked) return;
    keys.current = nextKeys;
    draft.change("/steps", next);
  };
  return {
    steps,
    keys: keys.current,
    /**
     * Puts a step at an index.
     * @param {number} index
     * @param {Step} step
     * @returns {string} its key
     */
    insert(index, step) {
      const key = fresh();
      put(steps.toSpliced(index, 0, step), keys.current.toSpliced(index, 0, key));
      return key;
    },
    /**
     * Moves a step to another index.
     * @param {number} from
     * @param {number} to
     */
    move(from, to) {
      const [step, key] = [steps[from], keys.current[from]];
      if (from === to || to < 0 || to >= steps.length || step === undefined || key === undefined) return false;
      put(steps.toSpliced(from, 1).toSpliced(to, 0, step), keys.current.toSpliced(from, 1).toSpliced(to, 0, key));
      return true;
    },
    /** @param {number} index */
    remove(index) {
      put(steps.toSpliced(index, 1), keys.current.toSpliced(index, 1));
    },
    /**
     * Copies a step below itself, under another name: names are unique.
     * @param {number} index
     * @param {string} title
     */
    copy(index, title) {
      const names = new Set(steps.map((step) => step.name));
      let name = `${title} 2`;
      for (let number = 3; names.has(name); number += 1) name = `${title} ${number}`;
      return this.insert(index + 1, { ...structuredClone(steps[index]), name });
    },
  };
}

/**
 * A name that no step has yet, when the usual one is taken; else undefined, which is the usual one.
 * @param {string} usual
 * @param {string[]} titles
 */
export function freeName(usual, titles) {
  if (!titles.includes(usual)) return undefined;
  let number = 2;
  while (titles.includes(`${usual} ${number}`)) number += 1;
  return `${usual} ${number}`;
}
