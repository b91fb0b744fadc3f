/** The panel of steps: what happens with each captured request, top down. */

import { html, useEffect, useRef, useState } from "../../../core/html.js";
import { plural } from "../../../core/words.js";
import { Button } from "../../../views/button.js";
import { Empty } from "../../../views/empty.js";
import { Field, Select } from "../../../views/field.js";
import { Icon } from "../../../views/icon.js";
import { toast } from "../../../views/toast.js";
import { titleOf } from "../tokens.js";
import { AddDialog } from "./add.js";
import { StepCard } from "./card.js";
import { freeName, useSteps } from "./list.js";

/** Where somebody goes on in a step that was added: a field, or what adds one. */
const BEGIN = "input, textarea, select, .schema-aside button";
const ORDERS = [
  { value: "per-contact", label: "One after another" },
  { value: "none", label: "At once, in any order" },
];

/**
 * @param {{draft: import("../state.js").Draft, outputs: {[step: string]: any}, tried: {[step: string]: string}}} props `outputs`: what
 *   steps returned in the last dry run; `tried`: how they ended in it, while it is of what the form says
 */
export function Steps({ draft, outputs, tried }) {
  const list = useSteps(draft);
  const latest = useRef(/** @type {ReturnType<typeof useSteps> | null} */ (null));
  latest.current = list;
  useEffect(() => () => {
    latest.current = null;
  }, []);
  const [open, setOpen] = useState(/** @type {Set<string>} */ (new Set()));
  const [adding, setAdding] = useState(/** @type {number | null} */ (null));
  const [fresh, setFresh] = useState("");
  const [said, setSaid] = useState("");
  const [dragged, setDragged] = useState(/** @type {number | null} */ (null));
  const [over, setOver] = useState(/** @type {number | null} */ (null));
  const box = useRef(/** @type {HTMLElement | null} */ (null));

  const toggle = (/** @type {string} */ key) => setOpen((before) => (before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key])));
  const focus = (/** @type {string} */ key, /** @type {string[]} */ ...wanted) => requestAnimationFrame(() => {
    const item = box.current?.querySelector(`[data-step="${key}"]`);
    const found = wanted.map((what) => item?.querySelector(what)).find(Boolean);
    /** @type {HTMLElement | undefined} */ (found ?? undefined)?.focus();
  });
  const move = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ what) => {
    const key = /** @type {string} */ (list.keys[from]);
    const title = titleOf(/** @type {any} */ (list.steps[from]));
    if (!list.move(from, to)) return;
    setSaid(`${title} is step ${to + 1} of ${list.steps.length} now`);
    focus(key, what);
  };
  const add = (/** @type {any} */ step) => {
    const at = adding ?? list.steps.length;
    setAdding(null);
    const name = freeName(titleOf(step), list.steps.map(titleOf));
    const key = list.insert(at, name === undefined ? step : { name, ...step });
    setOpen((before) => new Set([...before, key]));
    setFresh(key);
    setSaid(`${titleOf(step)} is step ${at + 1}`);
    focus(key, `.schema-form :is(${BEGIN})`, `.flow-form :is(${BEGIN})`, ".flow-toggle");
  };
  const remove = (/** @type {number} */ index) => {
    const step = /** @type {any} */ (list.steps[index]);
    list.remove(index);
    const undo = () => {
      if (latest.current) return void latest.current.insert(index, step);
      draft.change("/steps", [...(draft.current().steps ?? [])].toSpliced(index, 0, step));
    };
    toast(`“${titleOf(step ?? {})}” was removed`, "info", { action: { label: "Undo", run: undo } });
    requestAnimationFrame(() => /** @type {HTMLElement | null} */ (box.current?.querySelector(".steps-add"))?.focus());
  };
  const drop = () => {
    if (dragged !== null && over !== null) move(dragged, over > dragged ? over - 1 : over, ".flow-toggle");
    setDragged(null);
    setOver(null);
  };

  const fault = draft.faultAt("/steps");
  return html`<div class="steps" ref=${box}>
    ${list.steps.length > 0 && html`<div class="steps-bar">
      <p class="muted small">${plural(list.steps.length, "step")}, in this order. What a step changes is stored when it succeeds.</p>
      <${Field} label="Runs for one contact" error=${draft.faultAt("/order")}>
        ${(/** @type {any} */ field) => html`<${Select} ...${field} options=${ORDERS} value=${draft.doc.order ?? "per-contact"} disabled=${draft.locked}
          onChange=${(/** @type {string} */ order) => draft.change("/order", order === "per-contact" ? undefined : order)} />`}
      <//>
    </div>`}
    ${fault && html`<p class="field-error" data-path="/steps">${fault}</p>`}
    <ol class="steps-list">
      ${list.steps.map((step, index) => html`<li key=${list.keys[index]} data-step=${list.keys[index]}
        class=${`steps-item${over === index && dragged !== null ? " steps-over" : ""}${dragged === index ? " steps-dragged" : ""}`}
        onDragOver=${(/** @type {DragEvent} */ event) => dragOver(event, dragged, index, setOver)}
          onDrop=${(/** @type {DragEvent} */ event) => (event.preventDefault(), drop())}>
        <${Gap} disabled=${draft.locked} label=${`Add a step before step ${index + 1}`} onClick=${() => setAdding(index)} />
        <${StepCard} draft=${draft} step=${step} index=${index} count=${list.steps.length} outputs=${outputs} tried=${tried[titleOf(step ?? {})]}
          isOpen=${open.has(list.keys[index] ?? "")} isFresh=${fresh === list.keys[index]}
          onSettled=${() => setFresh("")} onToggle=${() => toggle(list.keys[index] ?? "")} onMove=${move} onRemove=${() => remove(index)}
          onCopy=${() => list.copy(index, titleOf(step))} onWaitBefore=${() => (setAdding(null), list.insert(index, waitStep(list.steps)))}
          onDrag=${(/** @type {boolean} */ begins) => (setDragged(begins ? index : null), begins || setOver(null))} />
      </li>`)}
      ${list.steps.length > 0 && html`<li class=${`steps-end${over === list.steps.length && dragged !== null ? " steps-over" : ""}`}
        onDragOver=${(/** @type {DragEvent} */ event) => dragOver(event, dragged, list.steps.length, setOver)}
        onDrop=${(/** @type {DragEvent} */ event) => (event.preventDefault(), drop())}>
        <${Button} class="steps-add" icon="plus" disabled=${draft.locked} onClick=${() => setAdding(list.steps.length)}>Add a step<//>
      </li>`}
    </ol>
    ${list.steps.length === 0 && html`<${Empty} icon="zap" title="Nothing happens yet"
      text="Requests are captured and their contact is found or made. Steps say what is done then: send a message, put on a list, call a service, wait."
      action=${html`<${Button} class="steps-add" kind="primary" icon="plus" disabled=${draft.locked} onClick=${() => setAdding(0)}>Add the first step<//>`} />`}
    <p class="sr-only" aria-live="polite">${said}</p>
    ${adding !== null && html`<${AddDialog} onClose=${() => setAdding(null)} onAdd=${add} />`}
  </div>`;
}

/** The place between two steps. @param {{label: string, onClick: () => void, disabled: boolean}} props */
function Gap({ label, onClick, disabled }) {
  return html`<div class="steps-gap">${!disabled && html`<button type="button" class="steps-gap-button" aria-label=${label} title=${label}
    onClick=${onClick}><${Icon} name="plus" size=${12} /></button>`}</div>`;
}

/** @param {any[]} steps */
function waitStep(steps) {
  const name = freeName("wait", steps.map(titleOf));
  return name === undefined ? { wait: "10m" } : { name, wait: "10m" };
}

/**
 * @param {DragEvent} event
 * @param {number | null} dragged
 * @param {number} index
 * @param {(index: number) => void} setOver
 */
function dragOver(event, dragged, index, setOver) {
  if (dragged === null) return;
  event.preventDefault();
  const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
  setOver(event.clientY > box.top + box.height / 2 && /** @type {HTMLElement} */ (event.currentTarget).classList.contains("steps-item") ? index + 1 : index);
}
