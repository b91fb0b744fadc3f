/** The kit: charts. */
import { html } from "../../core/html.js";
import { duration } from "../../core/time.js";
import { Card } from "../../views/card.js";
import { Chart } from "../../views/chart.js";

const HOUR = 3_600;
const NOW = Math.floor(Date.now() / 1000 / HOUR) * HOUR;
const X = Array.from({ length: 48 }, (_, at) => NOW - (47 - at) * HOUR);
const wave = (/** @type {number} */ high, /** @type {number} */ by) => X.map((_, at) => Math.round(high * (1.2 + Math.sin(at / 6 + by)) + ((at * 37) % 11)));

/** All of them. */
export function Charts() {
  const failed = X.map((_, at) => (at > 30 && at < 36 ? 24 : at % 9 === 0 ? 3 : 0));
  const gaps = X.map((_, at) => (at > 10 && at < 15 ? null : 6 + ((at * 13) % 7)));
  return html`<${Card} title="Captures and runs"><${Chart} x=${X} unit="an hour" label="Captures and runs by the hour" series=${[
      { label: "Captures", values: wave(120, 0), tone: "info", kind: "area" },
      { label: "Failed", values: failed, tone: "bad", kind: "bars" },
    ]} /><//>
    <div class="grid-2">
      <${Card} title="Latency"><${Chart} x=${X} format=${duration} height=${150} label="Latency" series=${[
        { label: "p50", values: gaps, tone: "accent" },
        { label: "p99", values: gaps.map((value) => (value === null ? null : value * 6)), tone: "warn", dash: true },
      ]} /><//>
      <${Card} title="Stacked"><${Chart} x=${X} stacked height=${150} label="Runs by state" series=${[
        { label: "Succeeded", values: wave(60, 0), tone: "ok" },
        { label: "Waiting", values: wave(20, 2), tone: "warn" },
      ]} /><//>
      <${Card} title="Nothing happened"><${Chart} x=${X} height=${120} label="Nothing" series=${[{ label: "Runs", values: X.map(() => 0), tone: "info", kind: "area" }]} /><//>
    </div>`;
}
