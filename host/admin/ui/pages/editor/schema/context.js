/** What every field of a form generated from a schema needs: the values, their faults, and what texts may merge. */

import { createContext, useContext } from "../../../core/html.js";

/**
 * @typedef {object} Form
 * @property {(path: string) => any} value
 * @property {(path: string, value: any) => void} change undefined takes the value away
 * @property {(path: string, message: string | null) => void} hold what is typed at a place cannot be taken yet, or can again
 * @property {(path: string) => void} begin says that what is at a place was added a moment ago: what is empty in it is told as wrong
 *   once it is left
 * @property {(path: string) => string | undefined} faultAt
 * @property {(path: string) => string | undefined} faultWithin
 * @property {boolean} locked
 * @property {import("../tokens.js").Token[]} tokens
 * @property {any} root the schema that references are looked up in
 */

export const FormContext = createContext(/** @type {Form | null} */ (null));

/** @returns {Form} */
export function useForm() {
  const form = useContext(FormContext);
  if (!form) throw new Error("a schema's field stands outside a form");
  return form;
}

/**
 * @typedef {object} FieldProps
 * @property {string} path where its value is
 * @property {import("./shape.js").Schema} schema
 * @property {string} label
 * @property {boolean} [required]
 * @property {boolean} [bare] without a label of its own: an element of a list, a value of a map
 */
