/** What stands beside a version: its other versions, where it is used, and the facts about it. */
import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago, Moment, bytes } from "../../core/time.js";
import { Card } from "../../views/card.js";
import { Copy } from "../../views/copy.js";
import { Icon } from "../../views/icon.js";
import { Pairs } from "../../views/pairs.js";
import { originText } from "./data.js";
import { StandingBadge } from "./standing.js";
import { Who } from "./who.js";

/**
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("./data.js").Plugin} Plugin
 */

/** @param {{plugin: Detail, versions: Plugin[]}} props */
export function Side({ plugin, versions }) {
  return html`
    <${Card} title="Versions" flush><${Versions} plugin=${plugin} versions=${versions} /><//>
    <${Card} title="Used by" flush><${UsedBy} plugin=${plugin} /><//>
    <${Card} title="Facts"><${Facts} plugin=${plugin} /><//>
  `;
}

/** @param {{plugin: Detail, versions: Plugin[]}} props */
function Versions({ plugin, versions }) {
  return html`<ul class="beside-list">
    ${versions.map(
      (one) => html`<li key=${one.id}>
        <${Link}
          to=${`/plugins/${one.id}`}
          aria-current=${one.id === plugin.id ? "page" : undefined}
        >
          <span class="num strong">${one.manifest.version}</span>
          <span class="faint small beside-when"><${Ago} at=${one.installed_at} /></span>
          <${StandingBadge} plugin=${one} />
        <//>
      </li>`,
    )}
  </ul>`;
}

/** @param {{plugin: Detail}} props */
function UsedBy({ plugin: { used_by: used } }) {
  if (used.length === 0) return html`<p class="beside-text muted">No automation has a step with it.</p>`;
  return html`<ul class="beside-list">
    ${used.map(
      ({ id, name }) => html`<li key=${id}>
        <${Link} to=${`/automations/${id}`}><${Icon} name="zap" size=${14} /><span class="break">${name}</span><//>
      </li>`,
    )}
  </ul>`;
}

/** @param {{plugin: Detail}} props */
function Facts({ plugin }) {
  const { can } = useSession();
  const { approval, manifest } = plugin;
  const items = [
    ["Name", html`<${Copy} text=${manifest.name} />`],
    ["Comes from", originText(plugin)],
    ["Installed", html`<${Moment} at=${plugin.installed_at} />`],
    approval.state !== "pending" && [
      approval.state === "approved" ? "Approved" : "Refused",
      html`<${Moment} at=${approval.at} /><br /><${Who} by=${approval.by} />`,
    ],
    plugin.activated_at && ["Last activated", html`<${Moment} at=${plugin.activated_at} />`],
    ["Component", bytes(plugin.component_bytes)],
    ["SHA-256", html`<${Copy} text=${plugin.digest} shown=${plugin.digest.slice(0, 12)} label="SHA-256" />`],
  ].filter(Boolean);
  return html`<${Pairs} items=${items} />
    ${can("admin") && html`<p class="beside-more"><${Link} to=${`/settings/audit?subject=${plugin.id}`}>What was decided about it<//></p>`}`;
}
