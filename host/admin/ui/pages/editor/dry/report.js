/** What a dry run found: the contact before and after, each step with its effects, messages as they would leave. */

import { html } from "../../../core/html.js";
import { duration } from "../../../core/time.js";
import { plural } from "../../../core/words.js";
import { Badge, StateBadge } from "../../../views/badge.js";
import { Code } from "../../../views/code.js";
import { Changes } from "../../../views/diff.js";
import { Notice } from "../../../views/empty.js";
import { Timeline, TimelineItem } from "../../../views/timeline.js";
import { isObject } from "../pointer.js";
import { told } from "./effect.js";

/** @typedef {import("api").Schemas["DryRunReport"]} DryRunReport */

/** @param {{report: DryRunReport}} props */
export function Report({ report }) {
  const { failure, changes, before, after, steps, messages, conversations, state, items } = report;
  return html`<div class="stack dry-report" aria-live="polite">
    ${failure
      ? html`<${Notice} tone="bad" title=${`It would fail${failure.at ? ` at “${failure.at}”` : ""}`}><p class="break">${failure.message}</p>
        <p class="faint small mono">${failure.code}</p><//>`
      : html`<${Notice} tone="ok" title="It would succeed">
        ${items === null || items === undefined ? "" : `The request would become ${plural(items, "run")}; this is one of them.`}<//>`}
    <section class="stack-s"><h3>Contact</h3>
      ${!after ? html`<p class="muted small">The mapping found none.</p>` : html`
        <p class="small muted">${!before ? "A new contact" : "A contact that is there"} · <span class="num">
          ${after.phone ?? after.email ?? after.external_id}</span></p>
        <${Changes} items=${plain(changes)} />`}
    </section>
    <section class="stack-s"><h3>Steps</h3>
      ${steps.length === 0 ? html`<p class="muted small">None was reached.</p>` : html`<${Timeline}>
        ${steps.map((step, index) => html`<${Step} key=${`${index} ${step.name}`} step=${step} />`)}<//>`}
    </section>
    ${messages.length > 0 && html`<section class="stack-s"><h3>${plural(messages.length, "message")}</h3>
      ${messages.map((message) => html`<${Message} message=${message} />`)}</section>`}
    ${conversations.length > 0 && html`<section class="stack-s"><h3>${plural(conversations.length, "conversation")}</h3>
      ${conversations.map((one) => html`<p class="small muted">${!one.before ? "One would begin" : "One would change"}</p>
        <${Changes} items=${plain(one.changes)} />`)}</section>`}
    ${state.length > 0 && html`<section class="stack-s"><h3>What plugins would remember</h3>
      <${Changes} items=${state.map((one) => ({ at: `${one.plugin}: ${one.key}`, before: one.before, after: one.after }))} /></section>`}
  </div>`;
}

/**
 * Changes for people: fields by their names, records by theirs.
 * @param {{at: string, before: any, after: any}[]} changes
 */
function plain(changes) {
  return changes.map(({ at, before, after }) => ({ at: at.replace(/^fields\./, ""), before: named(before), after: named(after) }));
}

/**
 * @param {any} value
 * @returns {any}
 */
function named(value) {
  if (Array.isArray(value) && value.length > 0) return value.map(named).map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ");
  return isObject(value) && typeof value.name === "string" && typeof value.id === "string" ? value.name : value;
}

/** @param {{step: DryRunReport["steps"][number]}} props */
function Step({ step }) {
  const tone = step.state === "succeeded" ? "ok" : step.state === "failed" ? "bad" : "idle";
  const effects = step.effects.map(told);
  const aside = html`${step.state !== "succeeded" && html`<${StateBadge} state=${step.state} /> `}${step.duration_us > 0 && duration(step.duration_us / 1000)}`;
  const text = html`${step.failure && html`<p class="small tone-bad break">${step.failure.message}</p>`}
    ${effects.length > 0 && html`<ul class="dry-effects">${effects.map((effect) => html`<li
      class=${`dry-effect dry-${effect.kind}`}><span class="dry-sign" aria-hidden="true">${effect.sign}</span><span class="break">${effect.text}
        </span></li>`)}</ul>`}`;
  return html`<${TimelineItem} tone=${tone} title=${step.name} aside=${aside} text=${text}>
    <div class="stack-s">
      ${step.input !== null && html`<h4>Settings as it got them</h4><${Code} language="json" text=${JSON.stringify(step.input, null, 2)} height=${240}
        label="Settings" />`}
      ${step.output !== null && html`<h4>What it returned</h4><${Code} language="json" text=${JSON.stringify(step.output, null, 2)} height=${240}
        label="Output" />`}
      ${step.log.length > 0 && html`<h4>Log</h4><${Code} text=${step.log.map((line) => `${line.level} ${line.message}`).join("\n")}
        wrap height=${200} label="Log" />`}
    </div>
  <//>`;
}

/** @param {{message: DryRunReport["messages"][number]}} props */
function Message({ message }) {
  return html`<figure class="dry-message">
    <blockquote>${message.body}</blockquote>
    <figcaption class="small faint row"><${StateBadge} state=${message.state} /> ${message.inbox?.name ?? message.inbox ?? ""}
      ${message.media?.length > 0 && html`<${Badge}>${plural(message.media.length, "file")}<//>`}</figcaption>
  </figure>`;
}
