/** A list of any length: only the rows in sight are in the document, so that 100,000 scroll as 100 do. */
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { count } from "../../core/time.js";
import { ErrorBox } from "../../views/empty.js";

/** Rows above and below what is in sight. */
const MARGIN = 12;
/** So many rows before the end the next page is asked for. */
const AHEAD = 40;
/** The height of a row, and of one that has two lines, in pixels; the style sheet keeps to it. */
const HEIGHT = 40;
const HEIGHT_OF_TWO = 64;
/** So many rows are drawn grey until the first page comes. */
const BLANKS = 8;

const KEY = (/** @type {any} */ row) => row.id;

/** Which rows are picked. @typedef {{has(key: string): boolean, toggle(keys: string[], on: boolean): void, all: boolean, some: boolean, toggleAll(): void}} Picked */

/**
 * @template R
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {(row: R) => unknown} cell
 * @property {boolean} [hideTitle] Its title is for whoever cannot see the column.
 * @property {string} [width] A track of CSS grid.
 * @property {boolean} [end] Stands at the right, as numbers do.
 * @property {boolean} [second] Stands in the second line where it is narrow.
 * @property {boolean} [wide] Not shown where it is narrow.
 */

/** Whether a key is meant for what is written in.
 * @param {KeyboardEvent} press */
export function isTyping(press) {
  const target = press.target instanceof HTMLElement ? press.target : null;
  const written = target?.closest("input, textarea, select, [contenteditable], dialog, [role=menu], [role=listbox]");
  return Boolean(written) || press.ctrlKey || press.metaKey || press.altKey;
}

/** The rows in sight: `[first, end)`.
 * @param {import("preact").RefObject<HTMLElement|null>} ref
 * @param {number} count
 * @param {number} height */
function useWindow(ref, count, height) {
  const [range, setRange] = useState(/** @type {[number, number]} */ ([0, 60]));
  useLayoutEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const box = ref.current;
      if (!box) return;
      const top = box.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(-top / height) - MARGIN);
      const end = Math.max(first, Math.ceil((window.innerHeight - top) / height) + MARGIN);
      // In steps, so that most scrolling renders nothing.
      const step = MARGIN / 2;
      const from = first - (first % step);
      const to = end + (step - (end % step));
      setRange((old) => (old[0] === from && old[1] === to ? old : [from, to]));
    };
    // Once a frame, and before it is drawn.
    const soon = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    document.addEventListener("scroll", soon, { capture: true, passive: true });
    window.addEventListener("resize", soon, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener("scroll", soon, { capture: true });
      window.removeEventListener("resize", soon);
    };
  }, [count, height]);
  return range;
}

/** Whether it is narrow now.
 * @returns {boolean} */
export function useNarrow() {
  const query = "(max-width: 719px)";
  const [narrow, setNarrow] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const turn = () => setNarrow(media.matches);
    media.addEventListener("change", turn);
    return () => media.removeEventListener("change", turn);
  }, []);
  return narrow;
}

/**
 * The keys that move through the rows: j, k and the arrows; x picks.
 * @param {import("preact").RefObject<HTMLElement|null>} body
 * @param {number} count
 * @param {number} height
 * @param {(index: number) => void} pick
 * @returns {{current: number}} the row that has or had the focus
 */
function useKeys(body, count, height, pick) {
  const active = useRef(-1);
  useEffect(() => {
    const focus = (/** @type {number} */ index) => {
      active.current = index;
      const box = body.current;
      if (!box) return;
      const at = box.getBoundingClientRect().top + index * height;
      const room = 120;
      const delta = at < room ? at - room : at + height > innerHeight - room ? at + height - innerHeight + room : 0;
      scrollBy({ top: delta, behavior: "instant" });
      const link = () => /** @type {HTMLElement|null} */ (box.querySelector(`[data-index="${index}"] .rows-link`));
      // One frame to notice the scrolling, one to draw the row.
      requestAnimationFrame(() => requestAnimationFrame(() => link()?.focus({ preventScroll: true })));
    };
    const onKey = (/** @type {KeyboardEvent} */ press) => {
      if (isTyping(press) || count === 0) return;
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[press.key];
      const inside = body.current?.contains(document.activeElement);
      if (step && (inside || press.key.length === 1)) {
        press.preventDefault();
        // Rows move down when others come above them.
        const row = inside ? document.activeElement?.closest("[data-index]") : null;
        const from = row ? Number(row.getAttribute("data-index")) : active.current;
        focus(Math.min(count - 1, Math.max(0, from + step)));
      } else if (press.key === "x" && active.current >= 0 && active.current < count) {
        pick(active.current);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
  return active;
}

/**
 * @template R
 * @param {object} props
 * @param {string} props.label What the list is of, for whoever cannot see it.
 * @param {Column<R>[]} props.columns
 * @param {import("../../core/load.js").Pages} props.pages Where more rows come from.
 * @param {R[]} [props.rows] Other rows than those of the pages.
 * @param {(row: R) => string} [props.rowKey]
 * @param {(row: R) => string} props.href Where a row leads.
 * @param {(row: R) => string} props.title What a row is called.
 * @param {Picked} [props.picked]
 */
export function Rows({ label, columns, pages, rows = pages.items, rowKey = KEY, href, title, picked }) {
  const { loading, error, hasMore, more, reload } = pages;
  const narrow = useNarrow();
  const body = useRef(/** @type {HTMLElement|null} */ (null));
  const height = narrow && columns.some((column) => column.second) ? HEIGHT_OF_TWO : HEIGHT;
  const [first, end] = useWindow(body, rows.length, height);
  const anchor = useRef(-1);
  // The one row that Tab stops at; the others are reached by the arrows.
  const [stop, setStop] = useState(/** @type {string|null} */ (null));
  useEffect(() => {
    if (hasMore && !loading && !error && end > rows.length - AHEAD) more();
  }, [hasMore, loading, error, end, rows.length]);

  const pick = (/** @type {number} */ index, /** @type {boolean} */ on, /** @type {boolean} */ range) => {
    const [from, to] = range && anchor.current >= 0 ? [anchor.current, index].sort((a, b) => a - b) : [index, index];
    picked?.toggle(rows.slice(from, to + 1).map(rowKey), on);
    anchor.current = index;
  };
  const active = useKeys(body, rows.length, height, (index) => pick(index, !picked?.has(rowKey(rows[index])), false));
  if (error && rows.length === 0) return html`<${ErrorBox} error=${error} retry=${reload} />`;

  const tracks = [...(picked ? ["28px"] : []), ...columns.map((column) => column.width ?? "minmax(0, 1fr)")].join(" ");
  const grid = narrow ? {} : { gridTemplateColumns: tracks };
  const isBlank = loading && rows.length === 0;
  const blanks = isBlank ? Array.from({ length: BLANKS }, (_, at) => html`<${Blank} key=${at} at=${at} columns=${columns} picked=${picked} grid=${grid} height=${height} />`) : null;
  const drawn = rows.slice(first, end);
  const stopsAt = drawn.some((row) => rowKey(row) === stop) ? stop : drawn.length > 0 ? rowKey(drawn[first > 0 ? Math.min(MARGIN, drawn.length - 1) : 0]) : null;
  const shown = drawn.map((row, at) => {
    const index = first + at;
    const key = rowKey(row);
    const tabIndex = key === stopsAt ? 0 : -1;
    const isOn = picked?.has(key);
    return html`<div key=${key} role="row" aria-rowindex=${index + 2} data-index=${index} class=${classes("rows-row", { "rows-on": isOn })}
      style=${{ ...grid, height: `${height}px`, top: `${index * height}px` }} onfocusin=${() => {
        active.current = index;
        setStop(key);
      }}>
      ${picked && html`<div role="cell" class="rows-check"><input type="checkbox" class="box" aria-label=${`Select ${title(row)}`} checked=${isOn} tabindex=${tabIndex}
        onClick=${(/** @type {MouseEvent} */ click) => pick(index, /** @type {HTMLInputElement} */ (click.target).checked, click.shiftKey)} /></div>`}
      ${columns.map((column, nth) => html`<div key=${column.key} role="cell" class=${place(column)}>
        ${nth === 0 && html`<${Link} class="rows-link" to=${href(row)} aria-label=${title(row)} tabindex=${tabIndex}><//>`}${column.cell(row)}</div>`)}
    </div>`;
  });
  return html`<div class=${classes("rows", { "rows-picked": picked })}>
    <div role="table" aria-label=${label} aria-rowcount=${hasMore ? -1 : rows.length + 1} aria-busy=${loading ? "true" : "false"}>
      <${Head} columns=${columns} picked=${picked} grid=${grid} />
      <div role="rowgroup" class="rows-body" ref=${body} style=${{ height: `${(isBlank ? BLANKS : rows.length) * height}px` }}>${blanks}${shown}</div>
    </div>
    <div class="rows-foot">${error ? html`<${ErrorBox} error=${error} retry=${more} />` : rows.length === 0 ? "" : hasMore ? "Loading more …" : `${count(rows.length)} in all`}</div>
  </div>`;
}

/** The names of the columns, and the box that picks all.
 * @param {{columns: Column<any>[], picked: Picked|undefined, grid: object}} props */
function Head({ columns, picked, grid }) {
  return html`<div role="rowgroup" class="rows-head"><div role="row" class="rows-row" aria-rowindex="1" style=${grid}>
    ${picked && html`<div role="columnheader" class="rows-check"><input type="checkbox" class="box" aria-label="Select all that are loaded"
      checked=${picked.all} indeterminate=${picked.some && !picked.all} onChange=${picked.toggleAll} /></div>`}
    ${columns.map((column) => html`<div key=${column.key} role="columnheader" class=${place(column)}>${
      column.hideTitle ? html`<span class="sr-only">${column.title}</span>` : column.title}</div>`)}
  </div></div>`;
}

/** What stands there until the first page comes.
 * @param {{at: number, columns: Column<any>[], picked: Picked|undefined, grid: object, height: number}} props */
function Blank({ at, columns, picked, grid, height }) {
  return html`<div class="rows-row rows-blank" role="row" style=${{ ...grid, height: `${height}px`, top: `${at * height}px` }}>
    ${picked && html`<div role="cell"></div>`}
    ${columns.map((column) => html`<div key=${column.key} role="cell" class=${place(column)}><span class="rows-bar"></span></div>`)}
  </div>`;
}

/** @param {Column<any>} column */
function place(column) {
  return classes("rows-cell", `rows-${column.key}`, { "rows-end": column.end, "rows-second": column.second, "rows-wide": column.wide });
}
