/** Tabs: of one page (`onChange`), or links between pages (`to`). */
import { classes, html, useLayoutEffect, useRef } from "../core/html.js";
import { Link } from "../core/router.js";

/** @typedef {{ value: string, label: any, count?: number | string | null, to?: string, tone?: string }} Tab */

/** @param {{ items: Tab[], value: string, onChange?: (value: string) => void, label?: string }} props */
export function Tabs({ items, value, onChange, label = "Views" }) {
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  // Where there is no room for all of them the chosen one is seen whole. Only the bar moves, not the page.
  useLayoutEffect(() => {
    const [tab, room] = [bar.current?.querySelector(".now")?.getBoundingClientRect(), bar.current?.getBoundingClientRect()];
    if (!tab || !room) return;
    bar.current?.scrollBy({ left: Math.max(0, tab.right - room.right) || Math.min(0, tab.left - room.left), behavior: "instant" });
  }, [value]);
  const inside = (/** @type {Tab} */ tab) => [
    tab.label,
    tab.count !== undefined && tab.count !== null && html`<span class=${classes("tab-count num", { [`tone-${tab.tone}`]: tab.tone })}>${tab.count}</span>`,
  ];
  if (items.some((tab) => tab.to)) {
    return html`<nav class="tabs" aria-label=${label} ref=${bar}>
      ${items.map((tab) => html`<${Link} key=${tab.value} to=${tab.to ?? "/"} class=${classes("tab", { now: tab.value === value })} aria-current=${tab.value === value ? "page" : undefined}>${inside(tab)}<//>`)}
    </nav>`;
  }
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = (items.findIndex((tab) => tab.value === value) + by + items.length) % items.length;
    onChange?.(items[next].value);
    /** @type {HTMLElement | undefined} */ (bar.current?.children[next])?.focus();
    event.preventDefault();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} ref=${bar} onKeyDown=${pressed}>
    ${items.map(
      (tab) => html`<button type="button" role="tab" key=${tab.value} aria-selected=${tab.value === value} tabindex=${tab.value === value ? 0 : -1}
        class=${classes("tab", { now: tab.value === value })} onClick=${() => onChange?.(tab.value)}>${inside(tab)}</button>`,
    )}
  </div>`;
}
