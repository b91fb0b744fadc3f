/** How dead letters are to be repeated, and how far that is. */
import { html, useState } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { plural, stateWords } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Dialog } from "../../views/dialog.js";
import { Radios } from "../../views/field.js";
import { Icon } from "../../views/icon.js";
import { Progress } from "../../views/progress.js";
import { overOf } from "./dead-replay.js";

/** @typedef {import("./dead-replay.js").Bulk} Bulk */

/** Where they can begin. */
const FROM = [
  { value: "failed-step", label: "At the failed step", hint: "What is done is kept with its effects and does not happen twice." },
  { value: "start", label: "At the start", hint: "The mapping and every step run again: messages that were sent are sent again." },
];

/** Which version they can keep to. */
const VERSION = [
  { value: "pinned", label: "The version they ran with", hint: "If what failed lay outside: a service that was away, a secret that was wrong." },
  { value: "newest", label: "The newest version", hint: "If you have mended the automation since." },
];

/**
 * Asks how.
 * @param {{what: string, close: () => void, start: (wish: import("./replay.js").ReplayWish) => void}} props
 */
export function ReplayDialog({ what, close, start }) {
  const [from, setFrom] = useState(/** @type {"failed-step"|"start"} */ ("failed-step"));
  const [version, setVersion] = useState(/** @type {"pinned"|"newest"} */ ("pinned"));
  const actions = html`<${Button} onClick=${close}>Cancel<//><${Button} kind="primary" icon="rotate-ccw" onClick=${() => start({ from, version })}>Replay<//>`;
  return html`<${Dialog} title=${`Replay ${what}`} onClose=${close} actions=${actions}>
    <div class="stack">
      <fieldset class="replay-ways"><legend>Where they begin</legend><${Radios} options=${FROM} value=${from} onChange=${setFrom} label="Where they begin" /></fieldset>
      <fieldset class="replay-ways"><legend>Which version of the automation</legend><${Radios} options=${VERSION} value=${version} onChange=${setVersion} label="Which version" /></fieldset>
    </div>
  <//>`;
}

/** What the new runs came to, by state.
 * @param {{bulk: Bulk}} props */
function Came({ bulk }) {
  const states = Object.entries(bulk.states).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<ul class="replay-came">${states.map(([state, n]) => html`<li key=${state} class=${`came-${stateWords(state).tone}`}>
    <strong class="num">${n.toLocaleString("en")}</strong> ${state === "failed" ? "failed again" : stateWords(state).word.toLowerCase()}</li>`)}</ul>`;
}

/**
 * How far it is and what came of it.
 * @param {{bulk: Bulk, stop: () => void, close: () => void}} props
 */
export function BulkReport({ bulk, stop, close }) {
  const isGoing = bulk.phase === "sending" || bulk.phase === "watching";
  const over = overOf(bulk.states);
  const title = {
    sending: `Replaying: ${bulk.sent.toLocaleString("en")}${bulk.wanted === null ? "" : ` of ${bulk.wanted.toLocaleString("en")}`}`,
    watching: `${plural(bulk.sent, "run")} replayed, ${Math.min(over, bulk.sent).toLocaleString("en")} of them are over`,
    over: bulk.error ? "It ended early" : `${plural(bulk.sent, "run")} replayed`,
    stopped: `Stopped after ${plural(bulk.sent, "run")}`,
  }[bulk.phase];
  const [value, max] = bulk.phase === "sending" ? [bulk.sent + bulk.skippedCount, bulk.wanted] : [Math.min(over, bulk.sent), bulk.sent];
  return html`<section class="bulk-replay" aria-label="Bulk replay">
    <div class="bulk-head"><strong role="status">${title}</strong>
      ${isGoing
        ? html`<${Button} kind="quiet" onClick=${stop}>${bulk.phase === "sending" ? "Stop" : "Do not wait"}<//>`
        : html`<${Button} kind="quiet" icon="x" onClick=${close}>Done<//>`}</div>
    <${Progress} tone=${isGoing ? "info" : bulk.error || bulk.states.failed ? "warn" : "ok"} value=${max === null ? undefined : value} max=${max ?? undefined} />
    ${bulk.error && html`<p class="run-failure">${bulk.error}</p>`}
    <${Came} bulk=${bulk} />
    ${bulk.skippedCount > 0 && html`<details class="replay-skips"><summary><${Icon} name="chevron-right" />${plural(bulk.skippedCount, "run was", "runs were")} not replayed</summary>
      <ul class="skips-list">${bulk.skipped.map(({ run, reason }) => html`<li key=${run}><${Link} class="link" to=${`/runs/${run}`}><code>${run.slice(0, 12)}…</code><//> ${reason}</li>`)}</ul>
    </details>`}
  </section>`;
}
