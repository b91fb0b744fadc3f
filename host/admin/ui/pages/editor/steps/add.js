/** Choosing what a new step is: an action of a plugin, a wait, the end. */

import { html, useRef, useState } from "../../../core/html.js";
import { Dialog } from "../../../views/dialog.js";
import { Empty, ErrorBox, Skeleton } from "../../../views/empty.js";
import { Icon } from "../../../views/icon.js";
import { useKnown } from "../known.js";
import { blank } from "../schema/shape.js";
import { iconOf } from "./card.js";

/** @typedef {{title: string, text: string, name: string, step: () => any}} Kind */

/** @type {Kind[]} */
const OWN = [
  { title: "Wait", name: "wait", text: "For a time, until a moment or until office hours. A waiting run costs nothing.", step: () => ({ wait: "10m" }) },
  { title: "Stop", name: "stop", text: "Ends the run as succeeded, usually under a condition.", step: () => ({ stop: "" }) },
];

/** @param {{onClose: () => void, onAdd: (step: any) => void}} props */
export function AddDialog({ onClose, onAdd }) {
  const known = useKnown();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [...known.plugins.map(kindOf), ...OWN].filter(({ title, text, name }) => words.every((word) => `${title} ${text} ${name}`.toLowerCase().includes(word)));
  const go = (/** @type {number} */ next) => {
    setAt(next);
    box.current?.querySelector(`#add-step-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") go(at >= found.length - 1 ? 0 : at + 1);
    else if (event.key === "ArrowUp") go(at <= 0 ? found.length - 1 : at - 1);
    else if (event.key === "Enter" && found[at]) onAdd(found[at].step());
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title="Add a step" onClose=${onClose}>
    <div class="add-step">
      <div class="add-search"><${Icon} name="search" /><input type="search" autofocus role="combobox" aria-label="Search actions" aria-expanded="true"
        aria-controls="add-step-list" aria-activedescendant=${found[at] ? `add-step-${at}` : undefined}
        placeholder="Search actions" value=${query} onKeyDown=${pressed}
          onInput=${(/** @type {any} */ event) => (setQuery(event.currentTarget.value), setAt(0))} /></div>
      ${known.error && html`<${ErrorBox} error=${known.error} retry=${known.reload} />`}
      ${!known.ready && !known.error && html`<${Skeleton} lines=${5} />`}
      <ul class="add-list" role="listbox" id="add-step-list" aria-label="Actions" ref=${box}>
        ${found.map((kind, index) => html`<li id=${`add-step-${index}`} key=${kind.name} class="add-item" role="option"
          aria-selected=${String(index === at)} onPointerMove=${() => setAt(index)} onClick=${() => onAdd(kind.step())}>
          <span class="flow-icon"><${Icon} name=${iconOf(kind.step())} /></span>
          <span class="add-text"><span class="strong">${kind.title}</span><span class="small muted">${kind.text}</span></span>
          <span class="faint small mono add-name">${kind.name}</span>
        </li>`)}
      </ul>
      ${known.ready && found.length === 0 && html`<${Empty} small icon="search" title=${`No action is called “${query}”`}
        text="Actions come with plugins; an admin can upload more." />`}
    </div>
  <//>`;
}

/** @param {import("../known.js").Plugin} plugin @returns {Kind} */
function kindOf({ manifest }) {
  const schema = /** @type {import("../schema/shape.js").Schema} */ (manifest.settings);
  const step = () => {
    const settings = blank(schema, schema);
    const isEmpty = settings === null || typeof settings !== "object" || Object.keys(settings).length === 0;
    return isEmpty ? { action: manifest.name } : { action: manifest.name, settings };
  };
  return { title: manifest.title || manifest.name, text: manifest.description, name: manifest.name, step };
}
