/** Charts over time, drawn by uPlot, which is loaded with the first one. The space is reserved before. */
import { loadCharts } from "../core/files.js";
import { html, useEffect, useId, useRef, useState } from "../core/html.js";
import { count } from "../core/time.js";
import { colour, onThemeChange } from "../core/theme.js";

/** @typedef {import("../core/words.js").Tone | "accent"} Tone */

/** @typedef {{ label: string, values: (number | null)[], tone?: Tone, kind?: "line" | "area" | "bars", dash?: boolean }} Series */

/**
 * @typedef {object} ChartProps
 * @property {number[]} x seconds since 1970
 * @property {Series[]} series a null among the values is a gap
 * @property {string} [unit] what the values are, beside the figures
 * @property {number} [height] pixels
 * @property {(n: number) => string} [format]
 * @property {boolean} [stacked] each series on top of the one before
 * @property {string} label what it shows, for screen readers
 */

/** What the chart adds to what it was given. @typedef {{ height: number, format: (n: number) => string, whole: boolean }} Drawn */

/** Steps between the lines of a chart that counts: there is no half a run. */
const WHOLE = [1, 2, 5].flatMap((step) => Array.from({ length: 9 }, (_, power) => step * 10 ** power)).sort((one, other) => one - other);

/** @param {ChartProps} props */
export function Chart(props) {
  const { x, series, height = 180, label, unit = "", format = (n) => count(n, { compact: true }) } = props;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const [failed, setFailed] = useState(false);
  const id = useId("chart");
  const key = JSON.stringify([x, series.map((one) => [one.values, one.label, one.tone, one.kind]), height, props.stacked]);
  useEffect(() => {
    let over = false;
    /** @type {(() => void) | undefined} */
    let stop;
    loadCharts().then(
      () => {
        const { uPlot } = /** @type {any} */ (window);
        if (!over && box.current) stop = drawn(uPlot, box.current, { ...props, height, format, whole: !props.format }, setAt);
      },
      () => setFailed(true),
    );
    return () => {
      over = true;
      stop?.();
    };
  }, [key]);
  const shown = at === null ? null : x[at];
  return html`<figure class="chart" aria-labelledby=${id}>
    <figcaption class="sr-only" id=${id}>${label}: ${series.map((one) => `${one.label} ${summary(one.values, format)} ${unit}`).join("; ")}</figcaption>
    <div class="chart-legend small" aria-hidden="true">
      ${series.map((one) => html`<span class="chart-name"><span class=${`chart-key back-${one.tone ?? "info"}`}></span>${one.label}
        <b class="num">${at === null ? "" : valueAt(one, at, format)}</b></span>`)}
      <span class="right muted num">${shown === null ? unit : new Date(shown * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}</span>
    </div>
    <div class="chart-box" ref=${box} aria-hidden="true" style=${{ height: `${height}px` }}>${failed && html`<p class="muted small">The chart could not be loaded.</p>`}</div>
  </figure>`;
}

/** @param {Series} one @param {number} at @param {(n: number) => string} format */
function valueAt(one, at, format) {
  const value = one.values[at];
  return value === null || value === undefined ? "–" : format(value);
}

/** @param {(number | null)[]} values @param {(n: number) => string} format */
function summary(values, format) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  if (known.length === 0) return "no values";
  return `from ${format(Math.min(...known))} to ${format(Math.max(...known))}`;
}

/**
 * Draws, again when the colours or the width change, until the function that it returns is called.
 * @param {any} uPlot
 * @param {HTMLDivElement} box
 * @param {ChartProps & Drawn} props
 * @param {(at: number | null) => void} pointed
 */
function drawn(uPlot, box, props, pointed) {
  const data = [props.x, ...(props.stacked ? stackedUp(props.series) : props.series.map((one) => one.values))];
  const size = () => ({ width: Math.max(80, box.clientWidth), height: props.height });
  /** @type {any} */
  let plot;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot({ ...options(uPlot, props, pointed), ...size() }, data, box);
  };
  draw();
  const observer = new ResizeObserver(() => {
    if (box.clientWidth !== plot.width) plot.setSize(size());
  });
  observer.observe(box);
  const stop = onThemeChange(draw);
  return () => {
    stop();
    observer.disconnect();
    plot.destroy();
  };
}

/** @param {Series[]} series */
function stackedUp(series) {
  /** @type {number[]} */
  let sum = [];
  return series.map((one) => (sum = one.values.map((value, at) => (value ?? 0) + (sum[at] ?? 0))));
}

/**
 * @param {any} uPlot
 * @param {ChartProps & Drawn} props
 * @param {(at: number | null) => void} pointed
 */
function options(uPlot, props, pointed) {
  const [line, text] = [colour("--line"), colour("--muted")];
  const font = "11px system-ui, sans-serif";
  const axis = { stroke: text, font, ticks: { show: false }, grid: { stroke: line, width: 1 } };
  const bars = uPlot.paths.bars({ size: [0.8, 24], gap: 0 });
  const series = props.series.map((one) => {
    const ink = colour(`--${one.tone ?? "info"}`);
    const filled = one.kind === "area" || one.kind === "bars" || props.stacked;
    return {
      label: one.label,
      stroke: ink,
      width: one.kind === "bars" ? 0 : 1.5,
      dash: one.dash ? [4, 3] : undefined,
      fill: filled ? (one.kind === "bars" ? ink : colour(`--${one.tone ?? "info"}-soft`)) : undefined,
      paths: one.kind === "bars" ? bars : undefined,
      points: { show: false, size: 5, fill: ink, filter: () => alone(one.values) },
    };
  });
  const bands = props.stacked ? props.series.slice(1).map((_, at) => ({ series: [at + 2, at + 1] })) : [];
  return {
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, Math.max(1, most * 1.1)] } },
    series: [{}, ...series],
    bands,
    axes: [
      { ...axis, grid: { show: false }, size: 22, gap: 4, space: 70, values: timeLabels },
      { ...axis, size: 48, space: 34, incrs: props.whole ? WHOLE : undefined, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(props.format) },
    ],
    hooks: { setCursor: [(/** @type {any} */ plot) => pointed(plot.cursor.left < 0 ? null : plot.cursor.idx)] },
  };
}

/** Values between two gaps: no line goes through them, so they are points. @param {(number | null)[]} values */
function alone(values) {
  const isGap = (/** @type {number} */ at) => values[at] === null || values[at] === undefined;
  const found = values.map((_, at) => at).filter((at) => !isGap(at) && isGap(at - 1) && isGap(at + 1));
  return found.length > 0 ? found : null;
}

/** @param {any} plot @param {number[]} ticks @returns {string[]} times of day; the day where a new one begins, or with long ranges */
function timeLabels(plot, ticks) {
  const long = (plot.scales.x.max ?? 0) - (plot.scales.x.min ?? 0) > 3 * 86_400;
  return ticks.map((tick) => {
    const date = new Date(tick * 1000);
    const midnight = date.getHours() === 0 && date.getMinutes() === 0;
    if (long || midnight) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  });
}
