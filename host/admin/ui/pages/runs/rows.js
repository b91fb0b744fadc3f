/** A list of any length: only the rows in sight are in the document, so that 100,000 scroll as 100 do. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../core/html.js";
import { Link } from "../../core/router.js";

/** Rows above and below what is in sight. */
const MARGIN = 12;
/** So many rows before the end the next page is asked for. */
const AHEAD = 40;

/**
 * @template R
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {(row: R) => unknown} cell
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
 * @template R
 * @param {object} props
 * @param {string} props.label What the list is of, for whoever cannot see it.
 * @param {Column<R>[]} props.columns
 * @param {R[]} props.rows
 * @param {(row: R) => string} props.rowKey
 * @param {(row: R) => string} props.href Where a row leads.
 * @param {(row: R) => string} props.title What a row is called.
 * @param {(row: R) => string} [props.tone] A class of the row.
 * @param {boolean} [props.loading]
 * @param {boolean} [props.hasMore]
 * @param {() => void} [props.more]
 * @param {{has(key: string): boolean, toggle(keys: string[], on: boolean): void, all: boolean, some: boolean, toggleAll(): void}} [props.picked]
 */
export function Rows({ label, columns, rows, rowKey, href, title, tone, loading, hasMore, more, picked }) {
  const narrow = useNarrow();
  const body = useRef(/** @type {HTMLElement|null} */ (null));
  const hasSecond = columns.some((column) => column.second);
  const height = narrow && hasSecond ? 64 : 40;
  const [first, end] = useWindow(body, rows.length, height);
  const active = useRef(-1);
  const anchor = useRef(-1);
  useEffect(() => {
    if (hasMore && !loading && more && end > rows.length - AHEAD) more();
  }, [hasMore, loading, end, rows.length]);

  useEffect(() => {
    const focus = (/** @type {number} */ index) => {
      active.current = index;
      const box = body.current;
      if (!box) return;
      const at = box.getBoundingClientRect().top + index * height;
      const room = 120;
      const delta = at < room ? at - room : at + height > innerHeight - room ? at + height - innerHeight + room : 0;
      scrollBy({ top: delta, behavior: "instant" });
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          /** @type {HTMLElement|null} */ (box.querySelector(`[data-index="${index}"] .rows-link`))?.focus({ preventScroll: true });
        }),
      );
    };
    const onKey = (/** @type {KeyboardEvent} */ press) => {
      if (isTyping(press) || rows.length === 0) return;
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[press.key];
      const inside = body.current?.contains(document.activeElement);
      if (step && (inside || press.key.length === 1)) {
        press.preventDefault();
        focus(Math.min(rows.length - 1, Math.max(0, active.current + step)));
      } else if (press.key === "x" && picked && active.current >= 0 && rows[active.current]) {
        const key = rowKey(rows[active.current]);
        picked.toggle([key], !picked.has(key));
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });

  const pick = (/** @type {number} */ index, /** @type {boolean} */ on, /** @type {boolean} */ range) => {
    const [from, to] = range && anchor.current >= 0 ? [anchor.current, index].sort((a, b) => a - b) : [index, index];
    picked?.toggle(rows.slice(from, to + 1).map(rowKey), on);
    anchor.current = index;
  };
  const tracks = [...(picked ? ["28px"] : []), ...columns.map((column) => column.width ?? "minmax(0, 1fr)")].join(" ");
  const grid = narrow ? undefined : { gridTemplateColumns: tracks };
  const shown = rows.slice(first, end);
  const wait = Boolean(loading) && rows.length === 0;
  return html`<div class=${"rows" + (picked ? " rows-picked" : "")} role="table" aria-label=${label}
    aria-rowcount=${hasMore ? -1 : rows.length + 1} aria-busy=${loading ? "true" : "false"}>
    <div role="rowgroup" class="rows-head">
      <div role="row" class="rows-row" aria-rowindex="1" style=${grid}>
        ${
          picked &&
          html`<div role="columnheader" class="rows-check"><input type="checkbox" class="box" aria-label="Select all that are loaded"
          checked=${picked.all} ref=${(/** @type {HTMLInputElement|null} */ box) => {
            if (box) box.indeterminate = picked.some && !picked.all;
          }}
          onChange=${() => picked.toggleAll()} /></div>`
        }
        ${columns.map((column) => html`<div key=${column.key} role="columnheader" class=${place(column)}>${column.title}</div>`)}
      </div>
    </div>
    <div role="rowgroup" class="rows-body" ref=${body} style=${{ height: `${Math.max(wait ? 8 : 0, rows.length) * height}px` }}>
      ${
        wait &&
        Array.from(
          { length: 8 },
          (_, at) => html`<div key=${at} class="rows-row rows-blank" role="row"
        style=${{ ...grid, height: `${height}px`, top: `${at * height}px` }}>${picked && html`<div role="cell"></div>`}
        ${columns.map((column) => html`<div key=${column.key} role="cell" class=${place(column)}><span class="rows-bar"></span></div>`)}</div>`,
        )
      }
      ${shown.map((row, at) => {
        const index = first + at;
        const key = rowKey(row);
        const on = picked?.has(key);
        return html`<div key=${key} role="row" aria-rowindex=${index + 2} data-index=${index}
          class=${`rows-row ${on ? "rows-on" : ""} ${tone?.(row) ?? ""}`}
          style=${{ ...grid, height: `${height}px`, top: `${index * height}px` }} onFocusIn=${() => {
            active.current = index;
          }}>
          ${
            picked &&
            html`<div role="cell" class="rows-check"><input type="checkbox" class="box" aria-label=${"Select " + title(row)} checked=${on}
            onClick=${(/** @type {MouseEvent} */ click) => pick(index, /** @type {HTMLInputElement} */ (click.target).checked, click.shiftKey)} /></div>`
          }
          ${columns.map(
            (column, nth) => html`<div key=${column.key} role="cell" class=${place(column)}>
            ${nth === 0 && html`<${Link} class="rows-link" to=${href(row)} aria-label=${title(row)}><//>`}
            ${column.cell(row)}</div>`,
          )}
        </div>`;
      })}
    </div>
    <div class="rows-foot" aria-live="off">${
      rows.length === 0 ? "" : hasMore ? html`<span class="rows-more">Loading more …</span>` : `${rows.length.toLocaleString()} in all`
    }</div>
  </div>`;
}

/** @param {Column<any>} column */
function place(column) {
  const classes = ["rows-cell", `rows-${column.key}`];
  if (column.end) classes.push("rows-end");
  if (column.second) classes.push("rows-second");
  if (column.wide) classes.push("rows-wide");
  return classes.join(" ");
}
