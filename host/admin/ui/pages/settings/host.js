/** The host as it is set: its version, how long history is kept, and what its limits are. Its operator sets these in a file. */
import { api } from "../../core/api.js";
import { html } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { Ago, bytes, count, duration } from "../../core/time.js";
import { plural, sentence } from "../../core/words.js";
import { Card } from "../../views/card.js";
import { Copy } from "../../views/copy.js";
import { ErrorBox, Skeleton } from "../../views/empty.js";
import { Pairs } from "../../views/pairs.js";
import { SettingsPage } from "./shell.js";

/**
 * @typedef {object} Host
 * @property {string} version
 * @property {number} keep_days
 * @property {string | null} public_url
 * @property {Record<string, number | string | boolean | null>} limits
 * @property {string} started_at
 */

const LEAD = "What the operator of this host has set in its configuration file. Nothing of it is changed here.";

export default function HostPage() {
  const read = useLoad((signal) => api.get("/host", { signal }), []);
  /** @type {Host | null} */
  const host = read.data;
  return html`<${SettingsPage} title="Host and retention" name="Host" lead=${LEAD}>
    ${read.error && html`<${ErrorBox} error=${read.error} retry=${read.reload} />`}
    ${host ? html`<${Known} host=${host} />` : !read.error && html`<${Card}><${Skeleton} height=${360} /><//>`}
  <//>`;
}

/** @param {{host: Host}} props */
function Known({ host }) {
  const { keep_days: days, limits } = host;
  const kept =
    days === 0
      ? html`<p>History is kept <strong>for ever</strong>: captures, runs and their steps, messages of the outbox.</p>`
      : html`<p>
          Captures and runs are kept for <strong class="num">${plural(days, "day")}</strong>; what is older is dropped once a day. Contacts,
          conversations, automations and the audit log stay.
        </p>`;
  return html`
    <${Card} title="Retention" lead=${html`Set by <code>keep_days</code> in the section <code>[host]</code>.`}>${kept}<//>
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
      <${Pairs} columns=${2} items=${Object.keys(limits).map((key) => [sentence(nameOf(key)), amount(key, limits[key])])} />
    <//>
  `;
}

/** The key of a limit without its unit and its `max`. @param {string} key */
function nameOf(key) {
  return key.replace(/_(bytes|ms|s|us)(?=_|$)/g, "").replace(/_max$/, "");
}

/**
 * A limit with its unit, which its key names (`body_bytes_max`).
 * @param {string} key
 * @param {number | string | boolean | null} value
 */
function amount(key, value) {
  if (value === null) return "none";
  if (typeof value !== "number") return String(value);
  const parts = key.split("_");
  if (parts.includes("bytes")) return bytes(value);
  if (parts.includes("ms")) return duration(value);
  if (parts.includes("s")) return duration(value * 1000);
  return count(value);
}
