/** A text in which merge tokens can stand: `{{` or the button opens what there is, and typing on narrows it. */

import { classes, html, useEffect, useId, useRef, useState } from "../../../core/html.js";
import { Button } from "../../../views/button.js";
import { Input, TextArea } from "../../../views/field.js";

/** @typedef {import("../tokens.js").Token} Token */

/** How many are shown at once. */
const SHOWN_MAX = 60;

/**
 * @param {{id: string, describedBy?: string, invalid?: boolean, value: string, onInput: (text: string) => void, tokens: Token[],
 *   lines?: number, disabled?: boolean, label: string, placeholder?: string, mono?: boolean}} props `lines`: more than one for
 *   texts of several lines
 */
export function TokenInput({ id, value, onInput, tokens, lines = 1, label, disabled, ...rest }) {
  const list = useId("tokens");
  const [query, setQuery] = useState(/** @type {string | null} */ (null));
  const [at, setAt] = useState(0);
  const caret = useRef(/** @type {number | null} */ (null));
  const inserted = useRef(-1);
  const found = query === null ? [] : matching(tokens, query);
  const open = query !== null && !disabled;
  const field = () => /** @type {HTMLInputElement | HTMLTextAreaElement | null} */ (document.getElementById(id));

  useEffect(() => {
    if (caret.current === null) return;
    field()?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [value]);

  const typed = (/** @type {string} */ text) => {
    onInput(text);
    look(text, field()?.selectionStart ?? text.length);
  };
  const look = (/** @type {string} */ text, /** @type {number} */ end) => {
    setQuery(text.slice(0, end).match(/\{\{-?\s*([^{}|]*)$/)?.[1] ?? null);
    setAt(0);
  };
  const put = (/** @type {string} */ text, /** @type {number} */ end) => {
    caret.current = end;
    onInput(text);
    field()?.focus();
  };
  const choose = (/** @type {Token} */ token) => {
    const end = field()?.selectionStart ?? value.length;
    const begin = value.slice(0, end).lastIndexOf("{{");
    const after = value.slice(end).replace(/^[^{}]*\}\}/, "");
    put(value.slice(0, begin) + token.token + after, begin + token.token.length);
    inserted.current = -1;
    setQuery(null);
  };
  /** Closes, and takes braces away that the button put and nothing was chosen for. */
  const close = () => {
    const at = inserted.current;
    inserted.current = -1;
    setQuery(null);
    if (at >= 0 && value.slice(at, at + 2) === "{{" && !/^[\w.]/.test(value.slice(at + 2))) {
      caret.current = document.activeElement === field() ? at : null;
      onInput(value.slice(0, at) + value.slice(at + 2));
    }
  };
  const insert = () => {
    const end = field()?.selectionStart ?? value.length;
    inserted.current = end;
    put(`${value.slice(0, end)}{{${value.slice(end)}`, end + 2);
    look("{{", 2);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!open) return;
    const last = found.length - 1;
    if (event.key === "ArrowDown") setAt(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") setAt(at <= 0 ? last : at - 1);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && found[at]) choose(found[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const control = {
    ...rest, id, value, disabled, onInput: typed, onKeyDown: pressed, onBlur: close, autocomplete: "off",
    onClick: () => look(value, field()?.selectionStart ?? 0), "aria-autocomplete": "list",
    ...(lines > 1 ? {} : { role: "combobox", "aria-expanded": String(open) }), "aria-controls": open ? list : undefined,
    "aria-activedescendant": open && found[at] ? `${list}-${at}` : undefined,
  };
  return html`<div class=${classes("token-input", { "token-lines": lines > 1 })}>
    ${lines > 1 ? html`<${TextArea} ...${control} rows=${lines} grow />` : html`<${Input} ...${control} />`}
    <${Button} kind="quiet" small icon="braces" class="token-button" label=${`Insert a merge token into ${label}`} disabled=${disabled}
      onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${insert} />
    ${open && html`<${Choices} id=${list} found=${found} at=${at} choose=${choose} query=${query ?? ""} />`}
  </div>`;
}

/** @param {{id: string, found: Token[], at: number, choose: (token: Token) => void, query: string}} props */
function Choices({ id, found, at, choose, query }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);
  if (found.length === 0) return html`<p
    class="token-list token-none small muted">Nothing is called “${query.trim()}”. Earlier steps are offered once a dry run showed what they return.</p>`;
  return html`<ul class="token-list" role="listbox" id=${id} aria-label="Merge tokens" ref=${box}
    onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${found.map((token, index) => html`
      ${token.group !== found[index - 1]?.group && html`<li class="token-group" role="presentation">${token.group}</li>`}
      <li id=${`${id}-${index}`} class="token" role="option" aria-selected=${String(index === at)} onClick=${() => choose(token)}>
        <span class="mono truncate">${token.path}</span><span class="faint small truncate">${token.example}</span>
      </li>`)}
  </ul>`;
}

/**
 * Those that contain every word; what begins so comes before within its group.
 * @param {Token[]} tokens
 * @param {string} query
 */
function matching(tokens, query) {
  const words = query.toLowerCase().split(/[\s.]+/).filter(Boolean);
  return tokens.filter(({ path }) => words.every((word) => path.toLowerCase().includes(word))).slice(0, SHOWN_MAX);
}
