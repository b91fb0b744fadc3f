/** The ways through this area: runs, dead letters, captures. */
import { html } from "../../core/html.js";
import { Tabs } from "../../views/tabs.js";

const ITEMS = [
  { value: "/runs", label: "Runs", to: "/runs" },
  { value: "/runs/failed", label: "Dead letters", to: "/runs/failed" },
  { value: "/captures", label: "Captures", to: "/captures" },
];

/** @param {{at: "/runs"|"/runs/failed"|"/captures"}} props */
export function RunTabs({ at }) {
  return html`<${Tabs} items=${ITEMS} value=${at} label="Runs, dead letters and captures" />`;
}
