/** What a version would do otherwise than the active one, tried on the last captures as dry runs: nothing of it is done. */
import { api } from "../../core/api.js";
import { html, useEffect, useRef, useState } from "../../core/html.js";
import { count } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Empty, ErrorBox, Notice } from "../../views/empty.js";
import { Select } from "../../views/field.js";
import { Icon } from "../../views/icon.js";
import { Progress } from "../../views/progress.js";
import { needText } from "./capabilities.js";
import { ComparedCapture } from "./compared.js";

/**
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("./data.js").Plugin} Plugin
 * @typedef {import("./data.js").Need} Need
 * @typedef {import("api").Schemas["Comparison"]} Comparison
 */

const AMOUNTS = [10, 20, 50, 100].map((amount) => ({ value: String(amount), label: `the last ${amount} captures` }));

/** @param {{plugin: Detail, active: Plugin | null, mayCompare: boolean}} props */
export function CompareTab({ plugin, active, mayCompare }) {
  const [amount, setAmount] = useState("20");
  const trial = useTrial(plugin.id);
  const blocked = reasonNot(plugin, active, mayCompare);
  if (blocked) return html`<${Card}><${Empty} icon="split" title="Nothing to compare" text=${blocked} /><//>`;
  const { state, done, of, comparison, error } = trial;
  const begin = () => trial.begin(Number(amount));
  return html`<div class="stack">
    <${Card} title=${`${plugin.manifest.version} tried against ${active?.manifest.version}, which is active`}>
      <p class="compare-lead">
        The newest captures of the automations that use ${plugin.manifest.name} are tried on both versions as dry runs. Nothing is
        changed and no message leaves; calls to other machines are made only where they change nothing, and are in the audit log.
      </p>
      <form
        class="compare-form"
        onSubmit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          begin();
        }}
      >
        <${Select} aria-label="How many captures" options=${AMOUNTS} value=${amount} onChange=${setAmount} disabled=${state === "under-way"} />
        ${state === "under-way"
          ? html`<${Button} onClick=${trial.giveUp}>Stop<//>`
          : html`<${Button} kind="primary" icon="split" type="submit">${comparison ? "Compare again" : "Compare"}<//>`}
      </form>
      ${state === "under-way" &&
      html`<${Progress} value=${of === null ? undefined : done} max=${of ?? 1} label=${progressText(done, of)} />`}
      ${error && html`<${ErrorBox} error=${error} retry=${begin} />`}
    <//>
    ${comparison && html`<${Result} comparison=${comparison} />`}
  </div>`;
}

/**
 * @param {Detail} plugin
 * @param {Plugin | null} active
 * @param {boolean} mayCompare
 */
function reasonNot(plugin, active, mayCompare) {
  if (!mayCompare) return "Comparing makes real calls to other machines, so it needs the role admin.";
  if (!active) return `No version of ${plugin.manifest.name} is active, so there is nothing to compare with.`;
  if (plugin.id === active.id) return "This is the active version itself. Open the version that may take its place.";
  return null;
}

/**
 * @param {number} done
 * @param {number | null} of
 */
function progressText(done, of) {
  return of === null ? "Looking for captures" : `${count(done)} of ${plural(of, "capture")} tried`;
}

/**
 * A comparison, when it is asked for. Going away ends it.
 * @param {string} id
 */
function useTrial(id) {
  /** @type {{state: "idle" | "under-way", done: number, of: number | null, comparison: Comparison | null, error: any}} */
  const idle = { state: "idle", done: 0, of: null, comparison: null, error: null };
  const [trial, set] = useState(idle);
  const current = useRef(/** @type {AbortController | null} */ (null));
  const giveUp = () => {
    current.current?.abort();
    current.current = null;
    set((before) => ({ ...before, state: "idle" }));
  };
  const begin = async (/** @type {number} */ captures) => {
    const mine = new AbortController();
    current.current?.abort();
    current.current = mine;
    set({ ...idle, state: "under-way" });
    const told = (/** @type {Partial<typeof idle>} */ patch) => {
      if (current.current === mine) set((before) => ({ ...before, ...patch }));
    };
    try {
      const comparison = await api.upload(`/plugins/${id}/compare`, null, {
        body: { captures },
        signal: mine.signal,
        onLine: ({ done, of }) => told({ done: done ?? 0, of: of ?? null }),
      });
      told({ state: "idle", comparison });
    } catch (error) {
      told({ state: "idle", error });
    }
  };
  useEffect(() => {
    set(idle);
    return () => {
      current.current?.abort();
      current.current = null;
    };
  }, [id]);
  return { ...trial, begin, giveUp };
}

/** @param {{comparison: Comparison}} props */
function Result({ comparison }) {
  const { active, candidate, same, different, untried, searched, captures } = comparison;
  const unlike = captures.filter((one) => !one.same);
  const alike = captures.filter((one) => one.same);
  const tried = `${candidate.version} was tried with: ${candidate.grants.map(needText).join("; ")}.`;
  const missing = asksMore(candidate.grants, active.grants);
  return html`
    <div class="tiles" role="status">
      <${Tile} icon="check" tone="ok" number=${same} text="do the same" />
      <${Tile} icon="split" tone=${different > 0 ? "warn" : "idle"} number=${different} text="do something else" />
      ${untried > 0 && html`<${Tile} icon="clock" tone="idle" number=${untried} text="not tried: the time was over" />`}
    </div>
    ${searched === false && html`<${Notice} tone="idle"><p>There may be more captures, further back than was looked.</p><//>`}
    <${Card} title="Captures" lead=${missing.length > 0 && tried} flush>
      ${captures.length === 0
        ? html`<${Empty}
            icon="inbox"
            title="No capture to try"
            text="No automation that uses it has captured a request yet. Send one, or approve without a comparison."
          />`
        : html`<ul class="compared">
            ${[...unlike, ...alike].map((one) => html`<${ComparedCapture} key=${one.capture} one=${one} versions=${comparison} />`)}
          </ul>`}
    <//>
  `;
}

/**
 * @param {Need[]} grants
 * @param {Need[]} before
 */
function asksMore(grants, before) {
  const known = new Set(before.map(needText));
  return grants.filter((need) => !known.has(needText(need)));
}

/** @param {{icon: import("../../views/icon.js").IconName, tone: string, number: number, text: string}} props */
function Tile({ icon, tone, number, text }) {
  return html`<div class=${`tile tile-${tone}`}>
    <${Icon} name=${icon} size=${18} />
    <strong class="num">${count(number)}</strong>
    <span>${text}</span>
  </div>`;
}
