/** Tables: rows that open with a click or Enter, the keyboard's way through them, more rows on demand, states of loading. */
import { classes, html, useEffect, useRef } from "../core/html.js";
import { Link, navigate } from "../core/router.js";
import { sentence } from "../core/words.js";
import { Button } from "./button.js";
import { Empty, ErrorBox } from "./empty.js";

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {any} [title]
 * @property {(row: any) => any} [cell]
 * @property {"left" | "right"} [align]
 * @property {string} [width] such as `120px`; without one it shares what is left
 * @property {"narrow" | "medium"} [hide] left out below 640 or 960 px
 * @property {boolean} [wrap] may take several lines
 */

/**
 * @typedef {object} TableProps
 * @property {Column[]} columns
 * @property {any[]} rows
 * @property {(row: any) => string} [rowKey]
 * @property {(row: any) => void} [onOpen]
 * @property {(row: any) => string | null} [openTo] a path: the first cell is a link to it, and the row opens it
 * @property {any} [empty] what stands there when there is no row
 * @property {boolean} [loading]
 * @property {any} [error]
 * @property {() => void} [reload]
 * @property {boolean} [hasMore]
 * @property {() => void} [more]
 * @property {Set<string>} [picked] keys; with `onPick` rows have a box
 * @property {(picked: Set<string>) => void} [onPick]
 * @property {string} [label] what it lists, for screen readers
 * @property {boolean} [dense]
 * @property {(row: any) => string} [rowClass]
 */

const KEY = (/** @type {any} */ row) => row.id;

/** @param {TableProps} props */
export function Table(props) {
  const { columns, rows, rowKey = KEY, onOpen, openTo, empty, loading, error, reload, hasMore, more, picked, onPick, label } = props;
  // The row that the keyboard is at. It is kept in the elements and not in the state: a long table is not drawn anew for it.
  const at = useRef(/** @type {HTMLTableRowElement | null} */ (null));
  const body = useRef(/** @type {HTMLTableSectionElement | null} */ (null));
  const opens = Boolean(onOpen || openTo);
  const open = (/** @type {any} */ row) => {
    const path = openTo?.(row);
    if (path) navigate(path);
    else onOpen?.(row);
  };
  const pick = (/** @type {string} */ key) => {
    const next = new Set(picked);
    if (!next.delete(key)) next.add(key);
    onPick?.(next);
  };
  const move = (/** @type {number} */ by) => {
    const found = at.current?.isConnected ? at.current.sectionRowIndex : -1;
    focusRow(body.current, Math.max(0, Math.min(rows.length - 1, found + by)));
  };
  const focused = (/** @type {FocusEvent} */ event) => {
    const row = /** @type {HTMLTableRowElement} */ (event.currentTarget);
    for (const before of [at.current, body.current?.rows[0]]) if (before) before.tabIndex = -1;
    row.tabIndex = 0;
    at.current = row;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.target instanceof HTMLElement && event.target.closest("input:not([type=checkbox]), textarea, select, [role=menu]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = at.current?.isConnected ? rows[at.current.sectionRowIndex] : undefined;
    const onRow = event.target instanceof HTMLTableRowElement;
    if (event.key === "j" || event.key === "ArrowDown") move(1);
    else if (event.key === "k" || event.key === "ArrowUp") move(-1);
    else if (event.key === "x" && onPick && row) pick(rowKey(row));
    else if (event.key === "Enter" && onRow && row && opens) open(row);
    else return;
    event.preventDefault();
  };

  if (error && rows.length === 0) return html`<${ErrorBox} error=${error} retry=${reload} />`;
  if (rows.length === 0 && !loading) return empty ?? html`<${Empty} small title="Nothing here" />`;
  const clicked = (/** @type {MouseEvent} */ event, /** @type {any} */ row) => {
    const inside = event.target instanceof Element && event.target.closest("a, button, input, label, select, summary");
    if (!inside && !window.getSelection()?.toString()) open(row);
  };
  const head = html`<tr role="row">
    ${onPick && html`<th role="columnheader" class="cell-pick" scope="col"><${PickAll} rows=${rows} rowKey=${rowKey} picked=${picked} onPick=${onPick} /></th>`}
    ${columns.map((column) => html`<th role="columnheader" scope="col" class=${cellClass(column)}>${column.title || html`<span class="sr-only">${sentence(column.key)}</span>`}</th>`)}
  </tr>`;
  return html`<div class=${classes("table-wrap", { "table-dense": props.dense })} aria-busy=${loading ? "true" : undefined}>
    <table role="table" class=${classes("table", { "table-opens": opens, "table-picks": onPick })} aria-label=${label} onKeyDown=${pressed}>
      <colgroup>${onPick && html`<col class="cell-pick" />`}${columns.map((column) => html`<col class=${cellClass(column)} style=${column.width ? { width: column.width } : {}} />`)}</colgroup>
      <thead role="rowgroup">${head}</thead>
      <tbody role="rowgroup" ref=${body}>
        ${rows.map((row, index) => {
          const key = rowKey(row);
          return html`<tr role="row" key=${key} tabindex=${opens || onPick ? (index === 0 ? 0 : -1) : undefined} onFocusCapture=${focused}
            onClick=${opens ? (/** @type {any} */ event) => clicked(event, row) : undefined}
            class=${classes("row-line", props.rowClass?.(row), { picked: picked?.has(key) })}>
            ${onPick && html`<td role="cell" class="cell-pick"><input type="checkbox" class="box" aria-label="Pick" checked=${picked?.has(key)} onChange=${() => pick(key)} tabindex="-1" /></td>`}
            ${columns.map((column, place) => html`<td role="cell" class=${cellClass(column)} data-label=${typeof column.title === "string" ? column.title : undefined}>${cellOf(column, row, place === 0 ? openTo?.(row) : null)}</td>`)}
          </tr>`;
        })}
        ${loading && rows.length === 0 && SHAPES.map((width) => html`<tr class="row-line" aria-hidden="true">
          ${onPick && html`<td class="cell-pick"></td>`}
          ${columns.map((column) => html`<td class=${cellClass(column)}><div class="skeleton skeleton-line" style=${{ width: `${width}%` }}></div></td>`)}
        </tr>`)}
      </tbody>
    </table>
    ${error && html`<${ErrorBox} error=${error} retry=${reload} />`}
    ${hasMore && html`<${More} key=${rows.length} more=${more} loading=${loading} byItself=${!error && rows.length < BY_ITSELF_MAX} />`}
  </div>`;
}

/** Widths of the lines that stand there while the first page loads, in percent. */
const SHAPES = [72, 58, 80, 64, 70, 55];

/** Up to so many rows the next page comes when the end comes near; after them somebody has to want it. */
const BY_ITSELF_MAX = 1_000;

/** The end of what came so far. @param {{ more?: () => void, loading?: boolean, byItself: boolean }} props */
function More({ more, loading, byItself }) {
  const end = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    if (!byItself || loading || !end.current) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && more?.(), { rootMargin: "600px" });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [byItself, loading]);
  return html`<div class="table-more" ref=${end}><${Button} kind="quiet" busy=${loading} onClick=${more}>Show more<//></div>`;
}

/** @param {Column} column */
function cellClass(column) {
  return classes({ "cell-right": column.align === "right", [`hide-${column.hide}`]: column.hide, "cell-wrap": column.wrap });
}

/** @param {Column} column @param {any} row @param {string | null | undefined} path */
function cellOf(column, row, path) {
  const inside = column.cell ? column.cell(row) : row[column.key];
  return path ? html`<${Link} to=${path} class="row-link" tabindex="-1">${inside}<//>` : inside;
}

/** @param {HTMLTableSectionElement | null} body @param {number} index */
function focusRow(body, index) {
  const row = body?.rows[index];
  row?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

/** @param {{ rows: any[], rowKey: (row: any) => string, picked?: Set<string>, onPick: (picked: Set<string>) => void }} props */
function PickAll({ rows, rowKey, picked, onPick }) {
  const all = rows.length > 0 && rows.every((row) => picked?.has(rowKey(row)));
  const some = !all && rows.some((row) => picked?.has(rowKey(row)));
  const change = () => onPick(all ? new Set() : new Set(rows.map(rowKey)));
  return html`<input type="checkbox" class="box" aria-label="Pick all" checked=${all} indeterminate=${some} onChange=${change} />`;
}
