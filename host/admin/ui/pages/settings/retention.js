/** The host as it is set: its version, how long history is kept, and what its limits are. Its operator sets these in a file. */
import { api } from "../../core/api.js";
import { html } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { Link } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago, bytes, count, duration } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Card } from "../../views/card.js";
import { Copy } from "../../views/copy.js";
import { ErrorBox, Notice, Skeleton } from "../../views/empty.js";
import { Pairs } from "../../views/pairs.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("api").Schemas["Host"]} Host */

const LEAD = "What the operator of this host has set in its configuration file. Nothing of it is changed here.";

export default function RetentionPage() {
  const read = useLoad((signal) => api.get("/host", { signal }), []);
  /** @type {Host | null} */
  const host = read.data;
  return html`<${SettingsPage} title="Retention and limits" lead=${LEAD}>
    ${read.error && html`<${ErrorBox} error=${read.error} retry=${read.reload} />`}
    ${host ? html`<${Known} host=${host} />` : !read.error && html`<${Card}><${Skeleton} height=${360} /><//>`}
  <//>`;
}

/** @param {{host: Host}} props */
function Known({ host }) {
  const { keep_days: days, limits } = host;
  const keys = /** @type {(keyof Host["limits"])[]} */ (Object.keys(LIMITS));
  const kept =
    days === 0
      ? html`<p>Captures and runs are kept <strong>for ever</strong>.</p>`
      : html`<p>
          Captures and runs are kept for <strong class="num">${plural(days, "day")}</strong>; what is older is dropped once a day. A day of
          which something is unfinished stays and so do all days after it, of every workspace. Contacts, conversations, messages, automations
          and the audit log are no history and stay too.
        </p>`;
  return html`
    <${Card} title="Retention" lead=${html`Set by <code>keep_days</code> in the section <code>[host]</code>.`}>
      ${kept}
      <${Dropped} retention=${host.retention} />
    <//>
    <${Card} title="This host">
      <${Pairs}
        items=${[
          ["Version", html`<span class="num">${host.version}</span>`],
          ["Public URL", host.public_url ? html`<${Copy} text=${host.public_url} />` : "not set: webhook URLs name the address it listens on"],
          ["Started", html`<${Ago} at=${host.started_at} />`],
        ]}
      />
    <//>
    <${Card} title="Limits" lead="What more than this asks for is refused, or waits.">
      <${Pairs} items=${keys.map((key) => [LIMITS[key], amount(key, limits[key])])} />
    <//>
  `;
}

/**
 * How far history was dropped, and what stands in the way of more.
 * @param {{retention: Host["retention"]}} props
 */
function Dropped({ retention }) {
  const { dropped_before: before, held_up: held } = retention;
  return html`
    <p>${before ? html`Everything before <strong class="num">${day(before)}</strong> was dropped.` : "Nothing was dropped so far."}</p>
    ${held &&
    html`<${Notice} tone="warn" title="Old history stays for a run that is not over">
      <p>
        The history of <strong class="num">${day(held.day)}</strong> and of all days after it stays until that is over:
        ${held.run ? html` <${HeldRun} run=${held.run} workspace=${held.workspace ?? null} />` : " a run of another workspace."}
      </p>
    <//>`}
  `;
}

/**
 * The run that is waited for: a link where it is of the workspace that is looked at.
 * @param {{run: string, workspace: {id: string, name: string} | null}} props
 */
function HeldRun({ run, workspace }) {
  const here = useSession().workspace?.id;
  const name = workspace ? ` of ${workspace.name}` : "";
  if (workspace && workspace.id === here) return html`<${Link} class="link" to=${`/runs/${run}`}>a run<//>${name}. Bring it to its end or cancel it.`;
  return html`<${Copy} text=${run} />${name}.`;
}

/** A day as it is counted by the host, in UTC. @param {string} at */
const day = (at) => `${at.slice(0, 10)} (UTC)`;

/** What each limit is called. @type {Record<keyof Host["limits"], string>} */
const LIMITS = {
  body_bytes_max: "Body of a webhook",
  body_bytes_ceiling: "The most that an automation may allow it",
  api_body_bytes_max: "Body of a request to the API",
  component_bytes_max: "Component of a plugin",
  plugin_versions_max: "Plugin versions of a workspace",
  steps_max: "Steps of an automation",
  each_max: "Runs that one capture becomes",
  allow_max: "Networks that a trigger allows",
  page_items_max: "Items of one page of the API",
  replay_runs_max: "Dead letters that one bulk replay looks at",
  test_wait_s_max: "Wait for a test request",
};

/**
 * A limit with its unit, which its key names (`body_bytes_max`).
 * @param {string} key
 * @param {number} value
 */
function amount(key, value) {
  const parts = key.split("_");
  if (parts.includes("bytes")) return bytes(value);
  return parts.includes("s") ? duration(value * 1000) : count(value);
}
