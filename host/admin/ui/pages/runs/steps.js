/** The timeline of a run: what came in, what was found, each step with all that is known of it, and how it ended. */
import { classes, html, useEffect, useMemo, useState } from "../../core/html.js";
import { bytes, duration } from "../../core/time.js";
import { plural, stateWords } from "../../core/words.js";
import { StateBadge } from "../../views/badge.js";
import { Code } from "../../views/code.js";
import { Icon } from "../../views/icon.js";
import { JsonTree } from "../../views/json-tree.js";
import { Effects } from "./effects.js";

/** @typedef {import("./shapes.js").Step} Step */
/** @typedef {import("./shapes.js").Run} Run */
/** @typedef {import("../../views/icon.js").IconName} IconName */

/** @type {Record<string, IconName>} */
const ICONS = {
  succeeded: "check",
  failed: "x",
  tolerated: "triangle-alert",
  skipped: "chevron-right",
  waiting: "clock",
  retrying: "rotate-ccw",
  running: "play",
  cancelled: "ban",
};

/** A place on the line.
 * @param {{state: string, icon: IconName, children: unknown, faint?: boolean}} props */
export function Stop({ state, icon, children, faint = false }) {
  return html`<li class=${classes("timeline-item", `tone-${stateWords(state).tone}`, { "stop-faint": faint })}>
    <span class="timeline-mark" aria-hidden="true"><${Icon} name=${icon} size=${13} /></span>
    <div class="timeline-entry stop-body">${children}</div>
  </li>`;
}

/** Why something failed.
 * @param {{failure: {code: string, message: string}}} props */
export function FailureText({ failure }) {
  return html`<p class="run-failure"><code class="why-code">${failure.code}</code> ${failure.message}</p>`;
}

/** A part of a step that is there to be looked at.
 * @param {{title: string, children: unknown}} props */
function Part({ title, children }) {
  return html`<section class="step-part"><h3 class="part-title">${title}</h3>${children}</section>`;
}

/** @param {{value: unknown}} props */
function Value({ value }) {
  if (value === null || value === undefined) return html`<p class="unset">Nothing</p>`;
  const isTree = typeof value === "object";
  return isTree ? html`<div class="part-box"><${JsonTree} value=${value} open=${2} /></div>` : html`<${Code} text=${JSON.stringify(value)} language="json" />`;
}

/** What a step logged.
 * @param {{log: import("./shapes.js").LogLine[]}} props */
function Log({ log }) {
  return html`<ol class="step-log">${log.map((line, at) => html`<li key=${at} class=${`log-${line.level}`}>
    <span class="log-level">${line.level}</span><span class="log-text">${line.message}</span>
  </li>`)}</ol>`;
}

/** One step that was tried. One that was not over when its run was ended is cancelled with it.
 * @param {{step: Step, state: string, longest: number, kept: boolean, open: boolean, toggle: () => void}} props */
function StepStop({ step, state, longest, kept, open, toggle }) {
  const facts = [
    step.attempts > 1 && plural(step.attempts, "attempt"),
    step.memory_bytes > 0 && bytes(step.memory_bytes),
    step.duration_us > 0 && duration(step.duration_us / 1000),
  ].filter(Boolean);
  const share = longest > 0 ? Math.max(2, (step.duration_us / longest) * 100) : 0;
  return html`<${Stop} state=${state} icon=${ICONS[state] ?? "check"}>
    <div class=${classes("step-tried", { "tried-bad": step.state === "failed" })}>
      <button type="button" class="step-head" aria-expanded=${open} onClick=${toggle}>
        <span class="step-name">${step.name}</span>
        ${step.name !== step.action && html`<span class="step-action">${step.action}</span>`}
        ${state !== "succeeded" && html`<${StateBadge} state=${state} />`}
        ${kept && html`<span class="step-kept" title="Done by the run that this one repeats">kept</span>`}
        <span class="step-facts">${facts.join(" · ")}</span>
        <span class="step-time" aria-hidden="true"><span style=${{ width: `${step.duration_us > 0 ? share : 0}%` }}></span></span>
        <${Icon} name="chevron-down" class="step-turn" />
      </button>
      ${step.failure && html`<${FailureText} failure=${step.failure} />`}
      ${step.effects.length > 0 && html`<${Effects} effects=${step.effects} />`}
      ${!open && step.log.length > 0 && html`<p class="step-more">${plural(step.log.length, "log line")}</p>`}
      ${open && html`<div class="step-parts">
        <div class="parts-two">
          <${Part} title="Input"><${Value} value=${step.input} /><//>
          <${Part} title="Output"><${Value} value=${step.output} /><//>
        </div>
        <${Part} title="Log">${step.log.length > 0 ? html`<${Log} log=${step.log} />` : html`<p class="unset">It logged nothing</p>`}<//>
        <p class="step-plugin">${step.plugin ? html`Ran <strong>${step.plugin}</strong>` : "No plugin ran"}${step.digest
          ? html` · <code title="SHA-256 of the component">${step.digest.replace(/^sha256:/, "").slice(0, 12)}</code>` : ""}
          ${step.attempts > 0 ? ` · ${plural(step.attempts, "attempt")}` : ""}${step.memory_bytes > 0 ? ` · ${bytes(step.memory_bytes)} of memory at most` : ""}${
            step.duration_us > 0 ? ` · ${duration(step.duration_us / 1000)} in the last attempt` : ""}</p>
      </div>`}
    </div>
  <//>`;
}

/**
 * What the automation's document says of the steps that the run has not come to.
 * @param {Run} run
 * @param {any} document The document of the run's version; null when it is not known.
 * @returns {{title: string, what: string}[]}
 */
export function stepsToCome(run, document) {
  const steps = Array.isArray(document?.steps) ? document.steps : [];
  return steps.slice(run.steps.length).map((/** @type {any} */ step) => {
    const kind = step.action ?? (step.wait !== undefined ? "wait" : "stop");
    return { title: String(step.name ?? kind), what: String(kind) };
  });
}

/**
 * The steps of a run on the line.
 * @param {{run: Run, document: any}} props
 */
export function Steps({ run, document }) {
  const longest = Math.max(0, ...run.steps.map((step) => step.duration_us));
  const first = useMemo(() => {
    const wrong = run.steps.findIndex((step) => step.state === "failed" || step.state === "retrying");
    return new Set(wrong >= 0 ? [wrong] : []);
  }, [run.id]);
  const [open, setOpen] = useState(/** @type {Set<number>} */ (first));
  useEffect(() => setOpen(first), [first]);
  const toggle = (/** @type {number} */ at) => {
    const next = new Set(open);
    if (!next.delete(at)) next.add(at);
    setOpen(next);
  };
  const kept = run.replay?.steps_kept ?? 0;
  const over = ["failed", "cancelled", "succeeded"].includes(run.state);
  const stateOf = (/** @type {Step} */ step) =>
    run.state === "cancelled" && ["waiting", "retrying"].includes(step.state) ? "cancelled" : step.state;
  const stopped = run.steps.some((step) => step.action === "stop" && step.state === "succeeded");
  const rest = stopped ? [] : stepsToCome(run, document);
  return html`
    ${run.steps.map((step, at) => html`<${StepStop} key=${at} step=${step} state=${stateOf(step)} longest=${longest} kept=${at < kept}
      open=${open.has(at)} toggle=${() => toggle(at)} />`)}
    ${rest.map((step, at) => html`<${Stop} key=${`rest-${at}`} state="queued" icon="ellipsis" faint>
      <p class="step-rest"><span class="step-name">${step.title}</span>${step.title !== step.what && html`<span class="step-action">${step.what}</span>`}
        <span class="step-facts">${over ? "not reached" : "to come"}</span></p>
    <//>`)}`;
}
