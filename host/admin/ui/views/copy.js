/** Texts to be copied, and secrets that are shown once. */
import { classes, html, useEffect, useState } from "../core/html.js";
import { Button } from "./button.js";
import { Notice } from "./empty.js";
import { failed } from "./toast.js";

/** A button that copies a text. @param {{ text: string, label?: string, children?: any, kind?: "plain" | "quiet" | "primary" }} props */
export function CopyButton({ text, label = "Copy", children, kind = "quiet" }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 1_600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await copied(text);
      setDone(true);
    } catch (error) {
      failed(error);
    }
  };
  return html`<${Button} kind=${kind} small icon=${done ? "check" : "copy"} label=${done ? "Copied" : label} onClick=${copy} class=${done ? "copied" : ""}>
    ${children}
  <//>`;
}

/**
 * Copies, also where the page has no TLS and so no clipboard of its own.
 * @param {string} text
 */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  (document.activeElement?.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("This browser does not let the page copy; mark the text and copy it by hand.");
  return undefined;
}

/** A text with a button that copies it. @param {{ text: string, label?: string, shown?: any, wrap?: boolean, plain?: boolean }} props */
export function Copy({ text, label = "Copy", shown, wrap, plain }) {
  return html`<span class=${classes("copy", { "copy-wrap": wrap, "copy-plain": plain })}>
    <code class=${wrap ? "break" : "truncate"} title=${wrap ? undefined : text}>${shown ?? text}</code><${CopyButton} text=${text} label=${label} />
  </span>`;
}

/** A secret that the host tells this once. @param {{ text: string, title?: string, hint?: any }} props */
export function Once({ text, title = "Copy it now: it is shown this once", hint }) {
  return html`<${Notice} tone="warn" icon="key-round" title=${title}>
    <${Copy} text=${text} wrap />
    ${hint && html`<p class="muted small">${hint}</p>`}
  <//>`;
}
