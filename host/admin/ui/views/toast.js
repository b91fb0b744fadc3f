/** Short news at the edge of the page: something was saved, something failed. They go by themselves, errors later. */
import { html } from "../core/html.js";
import { createStore, useStore } from "../core/store.js";
import { because } from "../core/words.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** @typedef {{ id: number, text: string, tone: "ok" | "bad" | "warn" | "info", action?: { label: string, run: () => void } }} News */

const toasts = createStore(/** @type {News[]} */ ([]));
let counted = 0;

/** How long one stands, in milliseconds. */
const STANDS = { ok: 4_000, info: 5_000, warn: 8_000, bad: 10_000 };

/**
 * Tells something.
 * @param {string} text
 * @param {News["tone"]} [tone]
 * @param {{ action?: News["action"] }} [options]
 */
export function toast(text, tone = "ok", { action } = {}) {
  counted += 1;
  const id = counted;
  toasts.set([...toasts.get().slice(-3), { id, text, tone, action }]);
  setTimeout(() => dismiss(id), STANDS[tone]);
}

/** Tells of an error that has no place of its own. @param {any} error */
export function failed(error) {
  if (error?.name !== "AbortError" && error?.status !== 401) toast(because(error), "bad");
}

/** @param {number} id */
function dismiss(id) {
  toasts.set(toasts.get().filter((news) => news.id !== id));
}

/** @type {Record<string, import("./icon.js").IconName>} */
const ICONS = { ok: "circle-check", bad: "circle-alert", warn: "triangle-alert", info: "info" };

/** Where they stand; the shell has one. */
export function Toasts() {
  const all = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${all.map(
      ({ id, text, tone, action }) => html`<div class="toast tone-${tone}" key=${id}>
        <${Icon} name=${ICONS[tone]} />
        <p class="break">${text}</p>
        ${action && html`<${Button} small kind="quiet" onClick=${() => (dismiss(id), action.run())}>${action.label}<//>`}
        <${Button} small kind="quiet" icon="x" label="Dismiss" onClick=${() => dismiss(id)} />
      </div>`,
    )}
  </div>`;
}
