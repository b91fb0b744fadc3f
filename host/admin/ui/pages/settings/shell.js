/** The frame of the settings: the way between them at the side, and what one's role may read. */
import { classes, html, useEffect, useRef } from "../../core/html.js";
import { Link, useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Icon } from "../../views/icon.js";
import { Page } from "../../views/page.js";
import { NeedRole } from "./role.js";

/**
 * @typedef {import("../../core/session.js").Role} Role
 * @typedef {{to: string, label: string, icon: import("../../views/icon.js").IconName, role?: Role}} Item `role`: who may read it.
 */

/** @type {{title: string, items: Item[]}[]} */
const GROUPS = [
  {
    title: "Workspace",
    items: [
      { to: "/settings/workspace", label: "General", icon: "building-2" },
      { to: "/settings/inboxes", label: "Inboxes", icon: "inbox" },
      { to: "/settings/fields", label: "Contact fields", icon: "braces" },
      { to: "/settings/members", label: "Members", icon: "user" },
      { to: "/settings/templates", label: "Templates", icon: "message-square" },
    ],
  },
  {
    title: "Access",
    items: [
      { to: "/settings/users", label: "Users", icon: "users", role: "owner" },
      { to: "/settings/tokens", label: "API tokens", icon: "key-round" },
      { to: "/settings/secrets", label: "Plugin secrets", icon: "lock", role: "admin" },
    ],
  },
  {
    title: "Host",
    items: [
      { to: "/settings/retention", label: "Retention and limits", icon: "archive" },
      { to: "/settings/audit", label: "Audit log", icon: "history", role: "admin" },
    ],
  },
];

/**
 * @param {{
 *   title: any, name?: string, lead?: any, actions?: any, badge?: any, tabs?: any, back?: {to: string, label: string},
 *   needs?: Role, children?: any,
 * }} props `needs`: the role without which none of it may be read.
 */
export function SettingsPage({ needs, children, actions, ...rest }) {
  const { can } = useSession();
  const refused = needs !== undefined && !can(needs);
  return html`<div class="settings">
    <${Nav} />
    <${Page} ...${rest} actions=${refused ? undefined : actions} class="settings-page">
      ${refused ? html`<${NeedRole} role=${needs} />` : children}
    <//>
  </div>`;
}

function Nav() {
  const { can } = useSession();
  const { path } = useRoute();
  const nav = useRef(/** @type {HTMLElement | null} */ (null));
  const at = path === "/settings" ? "/settings/workspace" : path;
  useEffect(() => {
    const here = nav.current?.querySelector("[aria-current]");
    // On narrow screens the way is a strip, whose present place should be seen.
    if (here instanceof HTMLElement && nav.current) nav.current.scrollLeft = here.offsetLeft - nav.current.offsetLeft - 48;
  }, [at]);
  return html`<nav class="settings-nav" aria-label="Settings" ref=${nav}>
    ${GROUPS.map(({ title, items }) => {
      const shown = items.filter(({ role }) => role === undefined || can(role));
      return html`<div class="settings-group" key=${title}>
        <p class="settings-group-title" aria-hidden="true">${title}</p>
        <ul aria-label=${title}>
          ${shown.map(({ to, label, icon }) => html`<li key=${to}><${Way} to=${to} label=${label} icon=${icon} now=${isAt(at, to)} /></li>`)}
        </ul>
      </div>`;
    })}
  </nav>`;
}

/** @param {{to: string, label: string, icon: import("../../views/icon.js").IconName, now: boolean}} props */
function Way({ to, label, icon, now }) {
  return html`<${Link} to=${to} class=${classes("settings-way", { now })} aria-current=${now ? "page" : undefined}>
    <${Icon} name=${icon} size=${15} /><span>${label}</span>
  <//>`;
}

/**
 * @param {string} at
 * @param {string} to
 */
function isAt(at, to) {
  return at === to || at.startsWith(`${to}/`);
}
