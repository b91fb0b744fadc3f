/** The editor of an automation: its panels, what is wrong, what it would do, and its text beside the form. */

import { classes, html, useErrorBoundary, useMemo, useState } from "../../core/html.js";
import { useLeaveGuard, useRoute } from "../../core/router.js";
import { Button } from "../../views/button.js";
import { ErrorBox, Notice, Skeleton } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { Tabs } from "../../views/tabs.js";
import { DryRun } from "./dry/panel.js";
import { Head, StateLine } from "./head.js";
import { KnownNames, useNames } from "./known.js";
import { Mapping } from "./mapping/mapping.js";
import { PANELS } from "./panels.js";
import { useDraft } from "./state.js";
import { isSame } from "./pointer.js";
import { Steps } from "./steps/panel.js";
import { Trigger } from "./trigger/trigger.js";
import { Versions } from "./versions/panel.js";
import { YamlView } from "./yaml/view.js";

/** @typedef {import("./state.js").Draft} Draft */
/** @typedef {"yaml" | "dry"} Side what stands beside the panel */

const SIDE = "hookbox-editor-side";

/** @param {{params: Record<string, string>, query: Record<string, string>}} props */
export default function EditorPage({ params, query }) {
  const { draft, error, retry } = useDraft(params.id ?? "");
  const names = useNames();
  const back = { to: "/automations", label: "Automations" };
  if (error) return html`<${Page} title="Automation" back=${back}><${ErrorBox} error=${error} retry=${retry} /><//>`;
  if (!draft) return html`<${Page} title=${html`<span class="skeleton editor-title-wait"></span>`} name="Automation" back=${back} wide>
    <${Skeleton} lines=${8} /><//>`;
  return html`<${KnownNames.Provider} value=${names}><${EditorOf} draft=${draft} panel=${query.panel ?? "steps"} /><//>`;
}

/** @param {{draft: Draft, panel: string}} props */
function EditorOf({ draft, panel }) {
  const { setQuery } = useRoute();
  const [side, setSide] = useState(/** @type {Side | null} */ (window.sessionStorage.getItem(SIDE) === "yaml" ? "yaml" : null));
  const [report, setReport] = useState(/** @type {any} */ (null));
  const outputs = useMemo(() => outputsOf(report), [report]);
  const tried = useMemo(() => (report && isSame(report.document, draft.doc) ? endsOf(report) : {}), [report, draft.doc]);
  useLeaveGuard(draft.dirty, "The changes to this automation are not saved.");

  const show = (/** @type {string} */ value) => setQuery({ panel: value });
  const beside = (/** @type {Side | null} */ next) => {
    window.sessionStorage.setItem(SIDE, next ?? "");
    setSide(next);
  };
  const shown = PANELS.some(({ value }) => value === panel) ? panel : "steps";
  const isBeside = side === "dry" || (side === "yaml" && shown !== "yaml" && shown !== "versions");
  const tabs = PANELS.map(({ value, label, places }) => {
    const faults = places.reduce((sum, place) => sum + draft.faultCount(place), 0);
    if (faults > 0) return { value, label, count: faults, tone: "bad" };
    return { value, label, count: value === "steps" && Array.isArray(draft.doc.steps) ? draft.doc.steps.length : null };
  });
  const locked = draft.unread && shown !== "yaml" && html`<${Notice} tone="warn" title="The text in YAML cannot be read"
    actions=${html`<${Button} small onClick=${() => show("yaml")}>Mend it<//><${Button} small kind="quiet" onClick=${draft.discard}>Discard changes<//>`}>
    ${draft.unread.line ? `Line ${draft.unread.line}: ` : ""}${draft.unread.message}. The form shows what could be read last, and cannot be changed meanwhile.<//>`;

  return html`<${Page} wide class="automation-editor" title=${draft.automation.name} badge=${html`<${StateLine} draft=${draft} />`}
    back=${{ to: "/automations", label: "Automations" }}
    actions=${html`<${Head} draft=${draft} side=${side} beside=${beside} panel=${shown} show=${show} />`}
    tabs=${html`<${Tabs} label="Parts of the automation" items=${tabs} value=${shown} onChange=${show} />`}>
    ${locked}
    ${draft.checkError && html`<${Notice} tone="warn" title="The document could not be checked">${draft.checkError.message}<//>`}
    <${Unplaced} draft=${draft} />
    <div class=${classes("editor-panes", { "editor-beside": isBeside })}>
      <div class="editor-main" role="tabpanel" aria-label=${PANELS.find(({ value }) => value === shown)?.label}>
        <${Guarded} key=${shown} show=${show}>
          ${shown === "trigger" && html`<${Trigger} draft=${draft} />`}
          ${shown === "map" && html`<${Mapping} draft=${draft} />`}
          ${shown === "steps" && html`<${Steps} draft=${draft} outputs=${outputs} tried=${tried} />`}
          ${shown === "yaml" && html`<${YamlView} draft=${draft} />`}
          ${shown === "versions" && html`<${Versions} draft=${draft} />`}
        <//>
      </div>
      ${isBeside && html`<aside class="editor-side" aria-label=${side === "yaml" ? "YAML" : "Dry run"}>
        <header class="editor-side-head"><h2>${side === "yaml" ? "YAML" : "Dry run"}</h2><${Button} kind="quiet" small icon="x" label="Close"
          onClick=${() => beside(null)} /></header>
        ${side === "yaml" ? html`<${YamlView} draft=${draft} small />` : html`<${DryRun} draft=${draft} report=${report} onReport=${setReport} />`}
      </aside>`}
    </div>
  <//>`;
}

/**
 * A panel that fails on a document nobody thought of takes neither the others with it nor what was typed.
 * @param {{children?: any, show: (panel: string) => void}} props
 */
function Guarded({ children, show }) {
  const [error] = useErrorBoundary((/** @type {unknown} */ reason) => console.error(reason));
  if (!error) return children;
  return html`<${Notice} tone="bad" title="This form cannot show the document as it is" alert
    actions=${html`<${Button} small onClick=${() => show("yaml")}>Mend it in YAML<//>`}>
    Something in it is not of the kind that belongs there; the faults say what. Nothing that you typed is lost.<//>`;
}

/** What is wrong at places that no panel shows. @param {{draft: Draft}} props */
function Unplaced({ draft }) {
  const places = PANELS.flatMap((panel) => panel.places);
  const others = Object.entries(draft.faults).filter(([path]) => !places.some((place) => path === place || path.startsWith(`${place}/`)));
  return others.length > 0 && html`<${Notice} tone="bad" title="Something is wrong with the document">
    <ul class="fault-list">${others.map(([path, message]) => html`<li data-path=${path}>${path && html`<code>${path.slice(1).replaceAll("/", ".")}
      </code> `}${message}</li>`)}</ul>
  <//>`;
}

/**
 * What steps returned, by their names.
 * @param {any} report
 * @returns {{[step: string]: any}}
 */
function outputsOf(report) {
  /** @type {{[step: string]: any}} */
  const outputs = {};
  for (const step of report?.steps ?? []) {
    if (step.state === "succeeded" && step.output !== null) outputs[step.name] = step.output;
  }
  return outputs;
}

/**
 * How steps ended, by their names.
 * @param {any} report
 * @returns {{[step: string]: string}}
 */
function endsOf(report) {
  return Object.fromEntries(report.steps.map((/** @type {{name: string, state: string}} */ step) => [step.name, step.state]));
}
