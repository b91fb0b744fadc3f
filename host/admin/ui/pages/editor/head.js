/** The head of the editor: state, faults, what stands beside the form, and saving. */

import { html, useEffect, useRef } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Badge, StateBadge } from "../../views/badge.js";
import { Button, ButtonGroup } from "../../views/button.js";
import { confirm } from "../../views/dialog.js";
import { Menu } from "../../views/menu.js";
import { failed } from "../../views/toast.js";
import { bringTo } from "../automations/acts.js";
import { AutomationMenu } from "../automations/menu.js";
import { PANELS } from "./panels.js";
import { isWithin, parts } from "./pointer.js";

/** @typedef {import("./state.js").Draft} Draft */
/** @typedef {import("./editor.js").Side} Side */

/** How many faults the menu lists. */
const LISTED_MAX = 30;

/** @param {{draft: Draft}} props */
export function StateLine({ draft }) {
  const { state, version, updated_at } = draft.automation;
  return html`<span class="row editor-state"><${StateBadge} state=${state} />
    <span class="faint small num nowrap">version ${version} · <${Ago} at=${updated_at} /></span>
    ${draft.dirty && html`<${Badge} tone="warn">not saved<//>`}</span>`;
}

/** @param {{draft: Draft, side: Side | null, beside: (side: Side | null) => void, panel: string, show: (panel: string) => void}} props */
export function Head({ draft, side, beside, panel, show }) {
  const { can } = useSession();
  const mayEdit = can("editor");
  const save = useRef(draft.save);
  save.current = draft.save;
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "s" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      if (mayEdit) save.current().catch(failed);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [mayEdit]);

  const faults = Object.keys(draft.faults).length;
  const goLive = async () => {
    const yes = await confirm({ title: `Let “${draft.automation.name}” go live?`, text: "Requests with its key are captured and run from now on.", confirm: "Go live" });
    if (!yes) return;
    const after = await bringTo(draft.automation, "live");
    if (after) draft.replace(after);
  };
  const discard = async () => {
    if (await confirm({ title: "Discard what you changed?", text: `The form shows version ${draft.automation.version} again.`, confirm: "Discard", danger: true })) draft.discard();
  };
  const canGoLive = mayEdit && !draft.dirty && faults === 0 && draft.automation.state === "draft";

  const first = [{ label: "Discard changes", icon: "rotate-ccw", disabled: !draft.dirty, onClick: discard }, "-"];

  return html`
    ${faults > 0 && html`<${Faults} draft=${draft} show=${show} />`}
    <${ButtonGroup} label="Beside the form">
      ${panel !== "yaml" && panel !== "versions" && html`<${Button} icon="file-code" aria-pressed=${String(side === "yaml")} class="editor-yaml"
        onClick=${() => beside(side === "yaml" ? null : "yaml")}>YAML<//>`}
      ${mayEdit && html`<${Button} icon="play" aria-pressed=${String(side === "dry")} onClick=${() => beside(side === "dry" ? null : "dry")}>Dry run<//>`}
    <//>
    ${canGoLive
      ? html`<${Button} kind="primary" icon="play" onClick=${() => goLive().catch(failed)}>Go live<//>`
      : mayEdit && html`<${Button} kind="primary" icon="check" busy=${draft.saving} disabled=${!draft.dirty || faults > 0 || draft.unread !== null}
          title=${faults > 0 ? "Mend what is wrong first" : draft.dirty ? "Ctrl+S" : "Nothing has changed"}
            onClick=${() => draft.save().catch(failed)}>Save<//>`}
    <${AutomationMenu} inEditor first=${mayEdit ? first : []} automation=${draft.automation} onChange=${draft.replace} />`;
}

/** How many faults there are, each with the way to its field. @param {{draft: Draft, show: (panel: string) => void}} props */
function Faults({ draft, show }) {
  const all = Object.entries(draft.faults);
  const items = all.slice(0, LISTED_MAX).map(([path, message]) => ({ label: message, hint: placeInWords(path), onClick: () => lead(path, show) }));
  return html`<div class="editor-faults-menu"><${Menu} align="end" label="What is wrong" items=${items} button=${html`<span class="editor-faults num">
    ${plural(all.length, "fault")}</span>`} /></div>`;
}

/**
 * A place for people, who count steps from 1.
 * @param {string} path
 */
function placeInWords(path) {
  const counted = path.replace(/^\/steps\/(\d+)/, (_, index) => `/step ${Number(index) + 1}`).replace(/^\/trigger\/webhook/, "");
  return parts(counted).join(" › ");
}

/**
 * Shows the panel of a place, opens the step it is in, and goes to its field.
 * @param {string} path
 * @param {(panel: string) => void} show
 */
function lead(path, show) {
  const panel = PANELS.find(({ places }) => places.some((place) => isWithin(path, place)));
  if (panel) show(panel.value);
  setTimeout(() => {
    const index = path.match(/^\/steps\/(\d+)/)?.[1];
    if (index !== undefined) {
      const toggle = /** @type {HTMLElement | undefined} */ (document.querySelectorAll(".flow-toggle")[Number(index)]);
      if (toggle?.getAttribute("aria-expanded") === "false") toggle.click();
    }
    setTimeout(() => focusOn(path), 60);
  }, 60);
}

/**
 * Goes to the field of a place, else to the first that is wrong.
 * @param {string} path
 */
function focusOn(path) {
  let box = null;
  for (let place = path; place !== "" && box === null; place = place.slice(0, place.lastIndexOf("/"))) {
    box = document.querySelector(`.editor-main [data-path="${CSS.escape(place)}"]`);
  }
  box?.closest("details")?.setAttribute("open", "");
  const field = box?.querySelector("input, textarea, select, button") ?? document.querySelector('.editor-main [aria-invalid="true"]');
  (box ?? field)?.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */ (field)?.focus({ preventScroll: true });
}
