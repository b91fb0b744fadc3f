/** What is done to a value, in order: chips that can be added, set, moved and taken away. */
import { html, useState } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Dialog } from "../../../views/dialog.js";
import { Field, Input } from "../../../views/field.js";
import { Icon } from "../../../views/icon.js";
import { Menu } from "../../../views/menu.js";
import { TRANSFORMS, read, told, written } from "./transforms.js";

/** @param {{ draft: import("../state.js").Draft, place: string, entry: any, set: (entry: any) => void, open: boolean }} props */
export function Transforms({ draft, place, entry, set, open }) {
  const transforms = Array.isArray(entry?.transforms) ? entry.transforms : [];
  const [edited, setEdited] = useState(/** @type {{ at: number, name: string, given: any[] } | null} */ (null));
  const put = (/** @type {any[]} */ next) => {
    const { transforms: _transforms, ...rest } = entry;
    set(next.length === 0 ? rest : { ...rest, transforms: next });
  };
  const choose = (/** @type {import("./transforms.js").Transform} */ transform) => {
    if (transform.parameters.length === 0) put([...transforms, transform.name]);
    else setEdited({ at: transforms.length, name: transform.name, given: transform.parameters.map(() => "") });
  };
  const keep = (/** @type {any[]} */ given) => {
    if (!edited) return;
    const next = [...transforms];
    next[edited.at] = written(edited.name, given);
    put(next);
    setEdited(null);
  };
  const items = TRANSFORMS.map((transform) => ({ label: transform.title, hint: transform.does, onClick: () => choose(transform) }));
  const fault = draft.faultWithin(`${place}/transforms`);
  return html`<div class="map-transforms">
    <span class="small muted">Then</span>
    ${transforms.length === 0 && html`<span class="small faint">nothing more</span>`}
    ${transforms.map((/** @type {any} */ transform, /** @type {number} */ at) => html`<${Chip} key=${at} transform=${transform} locked=${draft.locked}
      onEdit=${() => setEdited({ at, ...read(transform) })} onRemove=${() => put(transforms.filter((/** @type {any} */ _, /** @type {number} */ other) => other !== at))} />`)}
    ${open && !draft.locked && html`<${Menu} items=${items} label="Add a transform" button=${html`<span class="button button-quiet button-small"><${Icon} name="plus" /><span class="button-text">Transform</span></span>`} align="start" />`}
    ${fault && html`<span class="small bad">${fault}</span>`}
    ${edited && html`<${Given} edited=${edited} onKeep=${keep} onClose=${() => setEdited(null)} />`}
  </div>`;
}

/** @param {{ transform: any, locked: boolean, onEdit: () => void, onRemove: () => void }} props */
function Chip({ transform, locked, onEdit, onRemove }) {
  const known = TRANSFORMS.find(({ name }) => name === read(transform).name);
  const text = html`<span class="mono small">${told(transform)}</span>`;
  const sets = (known?.parameters.length ?? 0) > 0 && !locked;
  return html`<span class="chip" title=${known?.does}>
    ${sets ? html`<button type="button" class="chip-text" onClick=${onEdit}>${text}</button>` : text}
    ${!locked && html`<${Button} kind="quiet" small icon="x" label=${`Take ${told(transform)} away`} onClick=${onRemove} />`}
  </span>`;
}

/** @param {{ edited: { name: string, given: any[] }, onKeep: (given: any[]) => void, onClose: () => void }} props */
function Given({ edited, onKeep, onClose }) {
  const transform = TRANSFORMS.find(({ name }) => name === edited.name);
  const parameters = transform?.parameters ?? [];
  const [given, setGiven] = useState(parameters.map((_, at) => edited.given[at] ?? ""));
  const set = (/** @type {number} */ at) => (/** @type {string} */ text) => setGiven(given.map((value, other) => (other === at ? text : value)));
  const actions = html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" type="submit">Use it<//>`;
  return html`<${Dialog} title=${transform?.title ?? edited.name} lead=${transform?.does} onClose=${onClose} onSubmit=${() => onKeep(given)} actions=${actions}>
    ${parameters.map((parameter, at) => html`<${Field} key=${at} label=${parameter.name} hint=${parameter.hint}>${(/** @type {any} */ field) => html`
      <${Input} ...${field} mono value=${String(given[at])} onInput=${set(at)} />`}<//>`)}
  <//>`;
}
