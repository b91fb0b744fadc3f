/** Ctrl-K: goes to a page, an automation or a plugin by a few letters of its name. */
import { api } from "../core/api.js";
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../core/html.js";
import { useLoad } from "../core/load.js";
import { navigate } from "../core/router.js";
import { useSession } from "../core/session.js";
import { Icon } from "../views/icon.js";

/** @typedef {{ label: string, hint: string, icon: import("../views/icon.js").IconName, to: string, also?: string }} Goal `also`: other words that find it */

/** Things to do that are pages, and the role that each needs. @type {(Goal & { needs: import("../core/session.js").Role })[]} */
const ACTS = [
  { label: "New automation", hint: "Act", icon: "plus", to: "/automations/new", needs: "editor" },
  { label: "Upload a plugin", hint: "Act", icon: "upload", to: "/plugins/upload", needs: "admin" },
];

/** The most that are shown. */
const SHOWN_MAX = 30;

/** @param {AbortSignal} signal @returns {Promise<Goal[]>} */
async function named(signal) {
  const [automations, plugins] = await Promise.all(["/automations", "/plugins"].map((path) => api.get(path, { query: { limit: 500 }, signal })));
  /** One goal for each name: a plugin is listed once for every version. @type {Map<string, Goal>} */
  const goals = new Map();
  for (const { id, name } of automations.items) goals.set(`/automations/${id}`, { label: name, hint: "Automation", icon: "zap", to: `/automations/${id}` });
  for (const { manifest } of plugins.items) {
    const to = `/plugins/${manifest.name}`;
    if (!goals.has(to)) goals.set(to, { label: manifest.title || manifest.name, hint: "Plugin", icon: "blocks", to, also: manifest.name });
  }
  return [...goals.values()];
}

/** @param {{ pages: import("../core/router.js").Page[], onClose: () => void }} props */
export function Palette({ pages, onClose }) {
  const { can } = useSession();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useLoad(named, []);
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  useLayoutEffect(() => {
    box.current?.showModal();
  }, []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const whole = pages
    .filter((page) => !page.path.includes(":") && !page.bare && !page.hidden && !ACTS.some((act) => act.to === page.path))
    .map((page) => /** @type {Goal} */ ({ label: page.title, hint: "Page", icon: "arrow-right", to: page.path }));
  const shown = matching([...whole, ...ACTS.filter((act) => can(act.needs)), ...(found.data ?? [])], text);
  const go = (/** @type {Goal | undefined} */ goal) => {
    if (!goal) return;
    onClose();
    navigate(goal.to);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") setAt(Math.min(shown.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") go(shown[at]);
    else return;
    event.preventDefault();
  };
  const typed = (/** @type {any} */ event) => {
    setText(event.target.value);
    setAt(0);
  };
  const beside = (/** @type {MouseEvent} */ event) => {
    if (event.target === box.current) onClose();
  };
  return html`<dialog class="dialog palette" ref=${box} aria-label="Go to" onClose=${onClose} onMouseDown=${beside}>
    <input class="palette-input" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${`palette-${at}`} aria-label="Go to"
      placeholder="Go to a page, an automation, a plugin" value=${text} onInput=${typed} onKeyDown=${pressed} autocomplete="off" spellcheck="false" />
    <ul class="palette-list" id="palette-list" role="listbox" aria-label="Goals" ref=${list}>
      ${shown.map((goal, index) => html`<li key=${goal.to} id=${`palette-${index}`} role="option" aria-selected=${index === at} class=${classes("combobox-option", { now: index === at })} onMouseMove=${() => setAt(index)} onClick=${() => go(goal)}>
        <${Icon} name=${goal.icon} size=${15} class="faint" /><span class="truncate">${goal.label}</span><span class="combobox-hint">${goal.hint}</span>
      </li>`)}
      ${shown.length === 0 && html`<li class="combobox-none" role="option" aria-selected="false" aria-disabled="true">Nothing is called so.</li>`}
    </ul>
  </dialog>`;
}

/** @param {Goal[]} goals @param {string} text */
function matching(goals, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = goals.filter((goal) => words.every((word) => `${goal.label} ${goal.also ?? ""} ${goal.hint}`.toLowerCase().includes(word)));
  return all.slice(0, SHOWN_MAX);
}
