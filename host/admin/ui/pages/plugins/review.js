/** The decision about a version: what it asks, what of that is new, what it is granted, and the buttons that decide. */
import { api } from "../../core/api.js";
import { html, useEffect, useMemo, useState } from "../../core/html.js";
import { useLeaveGuard } from "../../core/router.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Icon } from "../../views/icon.js";
import { failed, toast } from "../../views/toast.js";
import { needText } from "./capabilities.js";
import { scopesOf, wishOf } from "./choice.js";
import { Needs } from "./needs.js";

/** What comes of granting nothing, and of granting a part. */
const NOTHING = "Nothing is picked: approved so, it may be called, and everything it asks for is refused to it.";
const REST = "What is not picked is refused to it when it runs, with the grant that is missing.";

/**
 * @typedef {import("./data.js").Detail} Detail
 * @typedef {import("./data.js").Plugin} Plugin
 * @typedef {import("./data.js").Need} Need
 */

/**
 * @param {{
 *   plugin: Detail,
 *   active: Plugin | null,
 *   mayDecide: boolean,
 *   onDone: (plugin: Detail) => void,
 *   onRefuse: () => void,
 * }} props `active`: the version that new runs take at present.
 */
export function Review({ plugin, active, mayDecide, onDone, onRefuse }) {
  const [changing, setChanging] = useState(false);
  const { state } = plugin.approval;
  const deciding = mayDecide && (state === "pending" || changing);
  const decision = `${plugin.id} ${JSON.stringify(plugin.approval)}`;
  useEffect(() => setChanging(false), [decision]);
  const { needs } = plugin.manifest;
  const change = plugin.change;
  const fresh = useMemo(() => (change && active ? scopesOf(change.added) : undefined), [change, active]);
  const actions =
    mayDecide &&
    !deciding &&
    (needs.length > 0 || state === "refused") &&
    html`<${Button} kind="quiet" small icon="pencil" onClick=${() => setChanging(true)}>${state === "refused" ? "Approve after all" : "Change"}<//>`;
  const rest = { plugin, fresh, onDone, onRefuse, onCancel: changing ? () => setChanging(false) : undefined };
  return html`<${Card} title=${state === "approved" ? "What it may do" : "What it asks to be allowed"} actions=${actions} flush class="review">
    <${Difference} plugin=${plugin} active=${active} />
    ${deciding
      ? html`<${Decision} key=${decision} ...${rest} />`
      : needs.length === 0
        ? html`<p class="card-text muted">It asks for nothing: it may only read what a step gives it, and answer.</p>`
        : html`<${Needs} needs=${needs} picked=${state === "pending" ? undefined : scopesOf(plugin.grants)} fresh=${fresh} />`}
    ${change && active && change.dropped.length > 0 && html`<${Dropped} needs=${change.dropped} version=${active.manifest.version} />`}
  <//>`;
}

/**
 * What it asks compared with what the active version may do, in a line.
 * @param {{plugin: Detail, active: Plugin | null}} props
 */
function Difference({ plugin: { change }, active }) {
  if (!change || !active) return null;
  const added = scopesOf(change.added).size;
  const kept = scopesOf(change.kept).size;
  const dropped = scopesOf(change.dropped).size;
  return html`<div class="difference">
    <span class="difference-title">Compared with ${active.manifest.version}, which is active</span>
    <span class=${`difference-part ${added > 0 ? "difference-added" : ""}`}><${Icon} name="plus" /> ${added} new</span>
    <span class="difference-part"><${Icon} name="check" /> ${kept} as before</span>
    <span class="difference-part"><${Icon} name="x" /> ${dropped} no longer asked</span>
  </div>`;
}

/** @param {{needs: Need[], version: string}} props */
function Dropped({ needs, version }) {
  return html`<div class="dropped">
    <h3 class="label">Granted to ${version}, and no longer asked</h3>
    <ul>
      ${needs.map((need) => html`<li>${needText(need)}</li>`)}
    </ul>
  </div>`;
}

/**
 * @param {{
 *   plugin: Detail,
 *   fresh: ReadonlySet<string> | undefined,
 *   onDone: (plugin: Detail) => void,
 *   onRefuse: () => void,
 *   onCancel: (() => void) | undefined,
 * }} props
 */
function Decision({ plugin, fresh, onDone, onRefuse, onCancel }) {
  const { needs } = plugin.manifest;
  const first = useMemo(() => beginning(plugin, fresh !== undefined), [plugin]);
  const [picked, setPicked] = useState(first);
  const [busy, setBusy] = useState(/** @type {"approve" | "activate" | null} */ (null));
  const all = scopesOf(needs);
  const isAll = picked.size === all.size;
  const approved = plugin.approval.state === "approved";
  useLeaveGuard(busy === null && differs(picked, first), "What you picked is not decided yet.");
  const approve = async (/** @type {boolean} */ activate) => {
    setBusy(activate ? "activate" : "approve");
    try {
      const wish = isAll ? { all: true } : { grants: wishOf(needs, picked) };
      const detail = await api.post(`/plugins/${plugin.id}/approve`, { ...wish, activate });
      const { name, version } = plugin.manifest;
      toast(`${name} ${version} is ${approved ? "granted what you picked" : "approved"}${activate ? ", and active" : ""}`);
      onDone(detail);
    } catch (error) {
      setBusy(null);
      failed(error);
    }
  };
  return html`
    ${needs.length === 0
      ? html`<p class="card-text muted">It asks for nothing: it may only read what a step gives it, and answer.</p>`
      : html`<${Needs} needs=${needs} picked=${picked} fresh=${fresh} onPick=${setPicked} />`}
    <div class="decision">
      ${needs.length > 0 &&
      html`<div class="decision-count">
        <span><strong class="num">${picked.size}</strong> of <span class="num">${all.size}</span> picked</span>
        <${Button} small onClick=${() => setPicked(isAll ? new Set() : all)}>${isAll ? "Pick none" : "Pick all"}<//>
      </div>`}
      ${!isAll && html`<p class="decision-note">${picked.size === 0 ? NOTHING : REST}</p>`}
      <div class="decision-buttons">
        ${onCancel
          ? html`<${Button} onClick=${onCancel} disabled=${busy !== null}>Cancel<//>`
          : plugin.approval.state === "pending" &&
            html`<${Button} kind="danger" icon="ban" onClick=${onRefuse} disabled=${busy !== null}>Refuse the version…<//>`}
        <span class="decision-space"></span>
        ${plugin.active
          ? html`<${Button} kind="primary" busy=${busy === "approve"} onClick=${() => approve(false)}>Save the grants<//>`
          : html`
              <${Button} busy=${busy === "approve"} disabled=${busy !== null} onClick=${() => approve(false)}>${approved ? "Save the grants" : "Approve"}<//>
              <${Button} kind=${picked.size > 0 || all.size === 0 ? "primary" : "plain"} busy=${busy === "activate"} disabled=${busy !== null} onClick=${() => approve(true)}>
                ${approved ? "Save and activate" : "Approve and activate"}
              <//>
            `}
      </div>
    </div>
  `;
}

/**
 * What is picked at first: what it has, or what the active version was granted of what it asks. What is new is left to
 * whoever decides.
 * @param {Detail} plugin
 * @param {boolean} follows Whether there is an active version.
 * @returns {ReadonlySet<string>}
 */
function beginning({ approval, grants, change }, follows) {
  if (approval.state === "approved") return scopesOf(grants);
  return scopesOf(follows && change ? change.kept : []);
}

/**
 * @param {ReadonlySet<string>} one
 * @param {ReadonlySet<string>} other
 */
function differs(one, other) {
  return one.size !== other.size || [...one].some((key) => !other.has(key));
}
