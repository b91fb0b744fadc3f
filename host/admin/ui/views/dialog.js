/** Dialogs and drawers on the browser's own `<dialog>`, which keeps the focus inside; and the question "really?". */
import { focusDialog } from "../core/focus.js";
import { classes, html, useId, useLayoutEffect, useRef, useState } from "../core/html.js";
import { createStore, useStore } from "../core/store.js";
import { Button } from "./button.js";
import { Field, Input } from "./field.js";

/**
 * @typedef {object} DialogProps
 * @property {any} title
 * @property {any} [lead]
 * @property {() => void} onClose asked for by Escape, the cross, and a click beside it unless something can be filled in
 * @property {any} [actions]
 * @property {boolean} [wide]
 * @property {boolean} [side] a drawer at the right
 * @property {boolean} [firm] shows what cannot be had again: only its actions close it
 * @property {() => void} [onSubmit] makes it a form: Enter and the submit button call it
 * @property {any} [children]
 */

/** @param {DialogProps} props */
export function Dialog({ title, lead, onClose, actions, wide, side, firm, onSubmit, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const heading = useId("dialog");
  // Before the effects of what is inside, one of which may take the focus.
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    if (document.activeElement?.closest(".dialog-head") || document.activeElement === box.current) focusDialog(box.current);
    return () => {
      box.current?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!firm) onClose();
  };
  const pressed = (/** @type {MouseEvent} */ event) => {
    if (event.target === box.current && !firm && !onSubmit) onClose();
  };
  const inside = html`<header class="dialog-head">
      <div><h2 id=${heading}>${title}</h2>${lead && html`<p class="muted small">${lead}</p>`}</div>
      ${!firm && html`<${Button} kind="quiet" small icon="x" label="Close" onClick=${onClose} />`}
    </header>
    <div class="dialog-body">${children}</div>
    ${actions && html`<footer class="dialog-foot">${actions}</footer>`}`;
  const submitted = (/** @type {Event} */ event) => {
    event.preventDefault();
    onSubmit?.();
  };
  return html`<dialog ref=${box} class=${classes("dialog", { "dialog-wide": wide, "dialog-side": side })} aria-labelledby=${heading}
    closedby=${firm ? "none" : undefined} onCancel=${cancelled} onMouseDown=${pressed}>
    ${onSubmit ? html`<form class="dialog-inside" onSubmit=${submitted} novalidate>${inside}</form>` : html`<div class="dialog-inside">${inside}</div>`}
  </dialog>`;
}

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {any} [text]
 * @property {string} [confirm] what the button says: a verb
 * @property {boolean} [danger]
 * @property {string} [word] has to be typed first
 */

/** @type {import("../core/store.js").Store<(Question & { answer: (yes: boolean) => void }) | null>} */
const asked = createStore(/** @type {any} */ (null));

/**
 * Asks before something that cannot be taken back.
 * @param {Question} question
 * @returns {Promise<boolean>}
 */
export function confirm(question) {
  asked.get()?.answer(false);
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ yes) => {
      asked.set(null);
      resolve(yes);
    };
    asked.set({ ...question, answer });
  });
}

/** Where questions stand; the shell has one. */
export function Questions() {
  const question = useStore(asked);
  return question && html`<${Ask} key=${question.title} ...${question} />`;
}

/** @param {Question & { answer: (yes: boolean) => void }} props */
function Ask({ title, text, confirm: verb = "Continue", danger, word, answer }) {
  const [typed, setTyped] = useState("");
  const ready = !word || typed.trim() === word;
  const actions = [
    html`<${Button} onClick=${() => answer(false)}>Cancel<//>`,
    html`<${Button} kind=${danger ? "danger" : "primary"} type="submit" disabled=${!ready} autofocus=${!danger && !word}>${verb}<//>`,
  ];
  return html`<${Dialog} title=${title} onClose=${() => answer(false)} onSubmit=${() => ready && answer(true)} actions=${actions}>
    ${text && html`<p class="muted break">${text}</p>`}
    ${word && html`<${Field} label=${["Type ", html`<code>${word}</code>`, " to go on"]}>
      ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${typed} onInput=${setTyped} autofocus autocomplete="off" />`}
    <//>`}
  <//>`;
}
