/** A button that opens a list of things to do. Arrows move, Escape closes, letters find. */
import { useFloat } from "../core/float.js";
import { classes, html, useEffect, useId, useRef, useState } from "../core/html.js";
import { navigate } from "../core/router.js";
import { Icon } from "./icon.js";

/** @typedef {{ label: any, icon?: import("./icon.js").IconName, onClick?: () => void, to?: string, danger?: boolean, disabled?: boolean, hint?: any, now?: boolean }} Item */

/**
 * @param {{ items: (Item | "-" | null | false)[], label: string, icon?: import("./icon.js").IconName, button?: any, align?: "start" | "end",
 *   class?: string, small?: boolean, title?: any }} props
 */
export function Menu({ items, label, icon = "ellipsis", button, align = "end", class: extra, small, title }) {
  const [open, setOpen] = useState(false);
  const id = useId("menu");
  const whole = useRef(/** @type {HTMLDivElement | null} */ (null));
  const opener = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  useFloat(open, opener, list, { align });
  const entries = () => /** @type {HTMLElement[]} */ ([...(whole.current?.querySelectorAll("[role=menuitem]:not([aria-disabled])") ?? [])]);
  useEffect(() => {
    if (!open) return undefined;
    (entries().find((entry) => entry.dataset.now) ?? entries()[0])?.focus();
    const elsewhere = (/** @type {Event} */ event) => {
      if (!whole.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("focusin", elsewhere);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("focusin", elsewhere);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const choose = (/** @type {Item} */ item) => {
    if (item.disabled) return;
    close();
    if (item.to) navigate(item.to);
    else item.onClick?.();
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const all = entries();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Escape" && open) close();
    else if (event.key === "Tab") return setOpen(false);
    else if (event.key === "ArrowDown") open ? all[(at + 1) % all.length]?.focus() : setOpen(true);
    else if (event.key === "ArrowUp" && open) all[(at - 1 + all.length) % all.length]?.focus();
    else if (event.key === "Home" && open) all[0]?.focus();
    else if (event.key === "End" && open) all[all.length - 1]?.focus();
    else if (open && event.key.length === 1 && event.key !== " ") all.find((entry) => entry.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    else return undefined;
    event.preventDefault();
    return event.stopPropagation();
  };
  const look = classes(button ? "menu-opener" : classes("button button-quiet button-icon", { "button-small": small }));
  return html`<div class=${classes("menu", extra)} ref=${whole} onKeyDown=${pressed}>
    <button type="button" ref=${opener} class=${look} aria-haspopup="menu" aria-expanded=${open} aria-controls=${id} aria-label=${button ? undefined : label}
      title=${button ? undefined : label} onClick=${() => setOpen(!open)}>${button ?? html`<${Icon} name=${icon} />`}</button>
    ${open && html`<div class="menu-list" popover="manual" ref=${list} id=${id} role="menu" aria-label=${label}>
      ${title && html`<div class="menu-title" role="presentation">${title}</div>`}
      ${items.map((item) => {
        if (!item) return null;
        if (item === "-") return html`<div class="menu-line" role="separator"></div>`;
        return html`<button type="button" role="menuitem" tabindex="-1" class=${classes("menu-item", { danger: item.danger, now: item.now })} data-now=${item.now ? "" : undefined}
          aria-disabled=${item.disabled ? "true" : undefined} aria-current=${item.now ? "true" : undefined} onClick=${() => choose(item)}>
          ${item.icon && html`<${Icon} name=${item.icon} size=${15} />`}<span class="menu-label truncate">${item.label}</span>
          ${item.hint && html`<span class="menu-hint">${item.hint}</span>`}${item.now && html`<${Icon} name="check" size=${14} />`}
        </button>`;
      })}
    </div>`}
  </div>`;
}
