/** How a version stands, as a badge. */
import { html } from "../../core/html.js";
import { StateBadge } from "../../views/badge.js";

/** @param {{plugin: import("./data.js").Plugin}} props */
export function StandingBadge({ plugin }) {
  return html`<${StateBadge} state=${plugin.active ? "active" : plugin.approval.state} />`;
}
