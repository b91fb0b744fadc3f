/** Which workspace is worked in, and the choice of another. */
import { html } from "../core/html.js";
import { navigate } from "../core/router.js";
import { useSession } from "../core/session.js";
import { sentence } from "../core/words.js";
import { Icon } from "../views/icon.js";
import { Menu } from "../views/menu.js";

/** A menu where there are several, else a name. */
export function Workspaces() {
  const { me, workspace, role, chooseWorkspace } = useSession();
  const places = me?.role_by_workspace ?? [];
  const shown = html`<span class="side-person">
    <span class="avatar avatar-square" aria-hidden="true">${workspace?.name.slice(0, 1).toUpperCase() ?? "–"}</span>
    <span class="side-person-text"><span class="strong truncate">${workspace?.name ?? "No workspace"}</span><span class="faint small">${role ? sentence(role) : "No role yet"}</span></span>
    ${places.length > 1 && html`<${Icon} name="chevrons-up-down" size=${14} class="faint" />`}
  </span>`;
  if (places.length < 2) return shown;
  const choose = async (/** @type {string} */ id) => {
    if (id !== workspace?.id && (await navigate("/"))) chooseWorkspace(id);
  };
  const items = places.map((place) => ({ label: place.name, hint: place.role, now: place.id === workspace?.id, onClick: () => choose(place.id) }));
  return html`<${Menu} label="Workspace" align="start" button=${shown} items=${items} />`;
}
