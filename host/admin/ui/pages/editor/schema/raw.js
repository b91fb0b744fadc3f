/** A value as JSON text: what a form cannot show, and any value at all. */

import { html, useEffect, useState } from "../../../core/html.js";
import { Editor } from "../../../views/code.js";
import { isSame } from "../pointer.js";
import { useForm } from "./context.js";
import { Framed } from "./text.js";

/** @param {{path: string, label: string, required?: boolean, bare?: boolean, shape: import("./shape.js").Shape}} props */
export function RawField(props) {
  const { path, required, label } = props;
  const form = useForm();
  const value = form.value(path);
  const [text, setText] = useState(() => written(value));
  const read = parsed(text);
  useEffect(() => {
    // Changed elsewhere: by the YAML beside it, or a version restored.
    if (!("fault" in read) && !isSame(read.value, value)) setText(written(value));
  }, [value]);
  const wrong = "fault" in read ? read.fault : null;
  useEffect(() => {
    form.hold(path, wrong && `this is not JSON yet: ${wrong}`);
    return () => form.hold(path, null);
  }, [path, wrong]);
  const typed = (/** @type {string} */ next) => {
    setText(next);
    const now = parsed(next);
    if ("fault" in now) return;
    form.change(path, now.value === undefined && required ? null : now.value);
  };
  const fault = wrong === null ? undefined : `This is not JSON yet: ${wrong}`;
  return html`<${Framed} ...${props} fault=${fault}>
    ${(/** @type {any} */ control) => html`<${Editor} ...${control} language="json" value=${text} onInput=${typed}
      rows=${Math.min(14, Math.max(3, text.split("\n").length))}
      label=${`${label} as JSON`} readOnly=${form.locked} />`}
  <//>`;
}

/** @param {any} value */
function written(value) {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

/**
 * @param {string} text
 * @returns {{value: any} | {fault: string}}
 */
function parsed(text) {
  if (text.trim() === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: /** @type {Error} */ (error).message };
  }
}
