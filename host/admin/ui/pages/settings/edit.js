/** The values of a form, what the host said against them, and whether they are being saved. */
import { useState } from "../../core/html.js";

/**
 * @template {Record<string, any>} V
 * @typedef {object} Edit
 * @property {V} values
 * @property {(patch: Partial<V>) => void} set
 * @property {(values: V) => void} begin Begins anew with other values.
 * @property {boolean} dirty Whether anything differs from what it began with.
 * @property {boolean} busy
 * @property {any} error Why it was not saved, when that belongs to no field.
 * @property {(field: string) => string | undefined} fault What is wrong with a field.
 * @property {<T>(ask: (values: V) => Promise<T>) => Promise<T | null>} save Null when it was refused.
 */

/**
 * @template {Record<string, any>} V
 * @param {V} first
 * @returns {Edit<V>}
 */
export function useEdit(first) {
  const [began, setBegan] = useState(first);
  const [values, setValues] = useState(first);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const faults = /** @type {{at: string, message: string}[]} */ (error?.faults ?? []);
  const hasField = faults.length > 0 && faults.every(({ at }) => parts(at).some((part) => part in values));
  return {
    values,
    set: (patch) => setValues((before) => ({ ...before, ...patch })),
    begin: (next) => {
      setBegan(next);
      setValues(next);
      setError(null);
    },
    dirty: JSON.stringify(values) !== JSON.stringify(began),
    busy,
    error: hasField ? null : error,
    fault: (field) => faults.find(({ at }) => parts(at).includes(field))?.message,
    save: async (ask) => {
      setBusy(true);
      setError(null);
      try {
        return await ask(values);
      } catch (refused) {
        setError(refused);
        return null;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** The fields that a place is in: `caps.per_day` is in `caps` and in `per_day`, `hosts[0]` in `hosts`. @param {string} at */
function parts(at) {
  return at.split(/[.[\]]/).filter(Boolean);
}
