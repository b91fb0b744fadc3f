/** A step: what it is on one line, and its form below when it is opened. */

import { html, useEffect, useRef, useState } from "../../../core/html.js";
import { plural, stateWords } from "../../../core/words.js";
import { Badge, Dot } from "../../../views/badge.js";
import { Button } from "../../../views/button.js";
import { Icon } from "../../../views/icon.js";
import { Menu } from "../../../views/menu.js";
import { useKnown } from "../known.js";
import { below } from "../pointer.js";
import { titleOf } from "../tokens.js";
import { StepForm } from "./form.js";
import { condition, summary, waits } from "./summary.js";

/**
 * @typedef {object} CardProps
 * @property {import("../state.js").Draft} draft
 * @property {any} step
 * @property {number} index
 * @property {number} count
 * @property {{[step: string]: any}} outputs
 * @property {string | undefined} tried how it ended in a dry run
 * @property {boolean} isOpen
 * @property {boolean} isFresh added a moment ago: its faults are told once it is left
 * @property {() => void} onSettled
 * @property {() => void} onToggle
 * @property {(from: number, to: number, what: string) => void} onMove
 * @property {() => void} onRemove
 * @property {() => void} onCopy
 * @property {() => void} onWaitBefore
 * @property {(begins: boolean) => void} onDrag
 */

/** @param {CardProps} props */
export function StepCard({ draft, step, index, count, outputs, tried, isOpen, isFresh, onSettled, onToggle, onMove, onRemove, onCopy, onWaitBefore, onDrag }) {
  const known = useKnown();
  const [grabbed, setGrabbed] = useState(false);
  // Closed again it keeps what was begun in it.
  const [wasOpen, setWasOpen] = useState(isOpen);
  useEffect(() => {
    if (isOpen) setWasOpen(true);
  }, [isOpen]);
  const path = below("/steps", index);
  const plugin = known.plugins.find(({ manifest }) => manifest.name === step?.action);
  const faults = isFresh ? 0 : draft.faultCount(path);
  const title = titleOf(step ?? {});
  const kind = step?.action !== undefined ? plugin?.manifest.title ?? step.action : step?.stop !== undefined ? "Stop" : "Wait";

  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    onMove(index, index + (event.key === "ArrowUp" ? -1 : 1), ".flow-toggle");
  };
  // Written small below: Preact leaves the case of events as it is, unless the element knows them as a property.
  const left = (/** @type {FocusEvent} */ event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (isFresh && to !== null && !(/** @type {HTMLElement} */ (event.currentTarget).contains(to))) onSettled();
  };
  const refusals = useRef(draft.refusals);
  useEffect(() => {
    if (isFresh && refusals.current !== draft.refusals) onSettled();
    refusals.current = draft.refusals;
  }, [draft.refusals]);
  const items = [
    { label: "Move up", icon: "arrow-up", disabled: index === 0, onClick: () => onMove(index, index - 1, ".flow-toggle") },
    { label: "Move down", icon: "arrow-down", disabled: index === count - 1, onClick: () => onMove(index, index + 1, ".flow-toggle") },
    "-",
    { label: "Duplicate", icon: "copy", onClick: onCopy },
    { label: "Wait before it", icon: "clock", onClick: onWaitBefore },
    "-",
    { label: "Remove", icon: "trash-2", danger: true, onClick: onRemove },
  ];

  return html`<article class=${`flow-step${isOpen ? " flow-open" : ""}${faults > 0 ? " flow-faulty" : ""}`}
    aria-label=${`Step ${index + 1}: ${title}`} onfocusout=${left}
    draggable=${grabbed && !draft.locked}
    onDragStart=${(/** @type {DragEvent} */ event) => (event.dataTransfer?.setData("text/plain", title), onDrag(true))}
    onDragEnd=${() => (setGrabbed(false), onDrag(false))}>
    <header class="flow-head">
      <span class="flow-grip" aria-hidden="true" title="Drag to move" onPointerDown=${() => setGrabbed(true)} onPointerUp=${() => setGrabbed(false)}>
        <${Icon} name="grip-vertical" size=${14} /></span>
      <button type="button" class="flow-toggle" aria-expanded=${String(isOpen)} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown" onClick=${onToggle}
        onKeyDown=${pressed}>
        <span class="flow-number num">${index + 1}</span>
        <span class="flow-icon"><${Icon} name=${iconOf(step)} /></span>
        <span class="flow-text">
          <span class="flow-title">
            <span class="strong truncate">${step?.name ?? kind}</span>
            ${step?.name && html`<span class="faint small truncate">${kind}</span>`}
          </span>
          <span class="flow-summary small muted truncate">
            ${step?.when !== undefined && html`<span class="flow-if">if ${condition(step.when)}</span>`}${summary(step, plugin)}
          </span>
        </span>
        <span class="flow-badges">
          ${tried && html`<span class="flow-tried" title=${`Dry run: ${stateWords(tried).word.toLowerCase()}`}>
            <${Dot} tone=${stateWords(tried).tone} label=${`Dry run: ${stateWords(tried).word}`} /></span>`}
          ${faults > 0 && html`<${Badge} tone="bad" icon="circle-alert">${plural(faults, "fault")}<//>`}
          ${waits(step?.retry) && html`<span class="flow-retry"><${Badge} icon="rotate-ccw">${waits(step.retry)}<//></span>`}
        </span>
        <${Icon} name="chevron-down" class="flow-chevron" />
      </button>
      <div class="flow-acts">
        <${Button} kind="quiet" small icon="arrow-up" class="flow-up" label=${`Move step ${index + 1} up`} title="Move up (Alt+↑)" disabled=${draft.locked || index === 0}
          onClick=${() => onMove(index, index - 1, ".flow-up")} />
        <${Button} kind="quiet" small icon="arrow-down" class="flow-down" label=${`Move step ${index + 1} down`} title="Move down (Alt+↓)"
          disabled=${draft.locked || index === count - 1} onClick=${() => onMove(index, index + 1, ".flow-down")} />
        ${!draft.locked && html`<${Menu} items=${items} label=${`Actions of step ${index + 1}`} />`}
      </div>
    </header>
    ${(isOpen || wasOpen) && html`<div class="flow-body" hidden=${!isOpen}>
      <${StepForm} draft=${draft} step=${step} index=${index} path=${path} plugin=${plugin} outputs=${outputs} isFresh=${isFresh} />
    </div>`}
  </article>`;
}

/** @type {Record<string, import("../../../views/icon.js").IconName>} */
const ICONS = {
  "send-message": "message-square", "update-contact": "user", "assign-conversation": "users", "add-to-list": "list",
  "remove-from-list": "list", "close-conversation": "circle-check", "http-request": "webhook",
};

/**
 * @param {any} step
 * @returns {import("../../../views/icon.js").IconName}
 */
export function iconOf(step) {
  if (step?.action !== undefined) return ICONS[step.action] ?? "puzzle";
  return step?.stop !== undefined ? "circle-stop" : "clock";
}
