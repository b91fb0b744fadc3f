/** Who is logged in, with what is theirs: profile, theme, log-out. */
import { html } from "../core/html.js";
import { signOut, useSession } from "../core/session.js";
import { useTheme } from "../core/theme.js";
import { Menu } from "../views/menu.js";
import { failed } from "../views/toast.js";
import { THEMES } from "./theme-choice.js";

/** Initials of a name: two letters at most. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words[words.length - 1] : ""].map((word) => word.slice(0, 1)).join("").toUpperCase() || "?";
}

/** The menu at the foot of the navigation. */
export function UserMenu() {
  const { me } = useSession();
  const { theme, setTheme } = useTheme();
  const name = me?.user?.name || me?.user?.email || "API token";
  const shown = html`<span class="side-person">
    <span class="avatar" aria-hidden="true">${initials(name)}</span>
    <span class="side-person-text"><span class="strong truncate">${name}</span><span class="faint small truncate">${me?.user?.email ?? ""}</span></span>
  </span>`;
  const items = [
    me?.user && { label: "Profile and tokens", icon: /** @type {const} */ ("user"), to: "/profile" },
    /** @type {const} */ ("-"),
    ...THEMES.map(({ value, label, icon }) => ({ label, icon, now: theme === value, onClick: () => setTheme(value) })),
    /** @type {const} */ ("-"),
    { label: "Log out", icon: /** @type {const} */ ("log-out"), onClick: () => signOut().catch(failed) },
  ];
  return html`<${Menu} label="You" align="start" button=${shown} items=${items} />`;
}
