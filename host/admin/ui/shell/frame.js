/** The frame around pages: navigation at the side, a bar on small screens, the place of the page. */
import { classes, html, useEffect, useRef, useState } from "../core/html.js";
import { rests } from "../core/presence.js";
import { Link, place } from "../core/router.js";
import { useSession } from "../core/session.js";
import { useStore } from "../core/store.js";
import { Button } from "../views/button.js";
import { Icon } from "../views/icon.js";
import { Brand } from "./brand.js";
import { Palette } from "./palette.js";
import { UserMenu } from "./user-menu.js";
import { Workspaces } from "./workspaces.js";

/** @type {{ to: string, label: string, icon: import("../views/icon.js").IconName, also?: string[] }[]} */
export const NAVIGATION = [
  { to: "/", label: "Overview", icon: "layout-dashboard" },
  { to: "/automations", label: "Automations", icon: "zap" },
  { to: "/runs", label: "Runs", icon: "activity", also: ["/captures"] },
  { to: "/contacts", label: "Contacts", icon: "users", also: ["/lists", "/conversations", "/outbox"] },
  { to: "/plugins", label: "Plugins", icon: "blocks" },
  { to: "/settings", label: "Settings", icon: "settings" },
];

/** @param {{ to: string, also?: string[] }} entry @param {string} path */
function holds({ to, also = [] }, path) {
  if (to === "/") return path === "/";
  return [to, ...also].some((root) => path === root || path.startsWith(`${root}/`));
}

/** Whether a key was meant for what is typed into. @param {KeyboardEvent} event */
function isTyping(event) {
  return event.target instanceof Element && event.target.closest("input, textarea, select, dialog, [contenteditable], [role=menu]") !== null;
}

/** @param {{ pages: import("../core/router.js").Page[], children: any }} props */
export function Frame({ pages, children }) {
  const { path } = useStore(place);
  const { workspace } = useSession();
  const [open, setOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  const side = useRef(/** @type {HTMLElement | null} */ (null));
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const before = useRef(path);
  useEffect(() => {
    setOpen(false);
    // Readers of screens and keyboards go on at the new page, not where the link was.
    if (before.current !== path) main.current?.focus({ preventScroll: true });
    before.current = path;
  }, [path]);
  useEffect(() => {
    // A frame later: what is still hidden takes no focus.
    if (open) requestAnimationFrame(() => side.current?.querySelector("a")?.focus());
  }, [open]);
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (rests.get()) return;
      if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setSearching(true);
      } else if (event.key === "Escape") setOpen(false);
      else if ((event.target === document.body || event.target === main.current) && !isTyping(event)) toFirstRow(event, main.current);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return html`<a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => (event.preventDefault(), main.current?.focus())}>To the content</a>
    <div class="frame">
      <header class="topbar">
        <${Button} kind="quiet" icon="menu" label="Navigation" aria-expanded=${open} aria-controls="side" onClick=${() => setOpen(true)} />
        <${Link} to="/" class="side-brand"><${Brand} />Hookbox<//>
        <span class="right truncate small muted">${workspace?.name}</span>
        <${Button} kind="quiet" icon="search" label="Go to" onClick=${() => setSearching(true)} />
      </header>
      ${open && html`<div class="side-shade" onClick=${() => setOpen(false)}></div>`}
      <aside ref=${side} class=${classes("side", { open })} id="side" aria-label="Hookbox">
        <${Link} to="/" class="side-brand"><${Brand} />Hookbox<//>
        <${Workspaces} />
        <button type="button" class="side-search" onClick=${() => setSearching(true)}>
          <${Icon} name="search" size=${14} /><span>Go to …</span><span class="right"><kbd class="kbd">${isMac() ? "⌘" : "Ctrl"}</kbd> <kbd class="kbd">K</kbd></span>
        </button>
        <nav class="side-nav" aria-label="Main">
          ${NAVIGATION.map((entry) => html`<${Link} key=${entry.to} to=${entry.to} class=${classes("side-link", { now: holds(entry, path) })} aria-current=${holds(entry, path) ? "page" : undefined}>
            <${Icon} name=${entry.icon} size=${17} />${entry.label}
          <//>`)}
        </nav>
        <div class="side-foot"><${UserMenu} /></div>
      </aside>
      <main class="main" id="main" tabindex="-1" ref=${main}>${children}</main>
    </div>
    ${searching && html`<${Palette} pages=${pages} onClose=${() => setSearching(false)} />`}`;
}

/** j, k and the arrows lead into the list of a page from anywhere. @param {KeyboardEvent} event @param {HTMLElement | null} main */
function toFirstRow(event, main) {
  if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {HTMLElement | null | undefined} */ (main?.querySelector("tbody tr[tabindex='0']"))?.focus();
}

/** Whether the keyboard has a command key. */
function isMac() {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
