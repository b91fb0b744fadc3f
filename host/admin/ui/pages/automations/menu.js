/** What can be done with an automation, as a menu: in the list and in the editor. */

import { html, useState } from "../../core/html.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Menu } from "../../views/menu.js";
import { failed } from "../../views/toast.js";
import { bringTo, duplicate, exportYaml, targets } from "./acts.js";
import { MadeDialog } from "./made.js";

/** @typedef {import("../editor/state.js").Automation} Automation */

/**
 * @param {{automation: Automation, onChange: (after: Automation) => void, inEditor?: boolean, first?: any[]}} props `onChange` gets
 *   the automation in its new state; `first` are items that come before all
 */
export function AutomationMenu({ automation, onChange, inEditor = false, first = [] }) {
  const { can } = useSession();
  const [made, setMade] = useState(/** @type {import("./acts.js").Applied | null} */ (null));

  const attempt = (/** @type {() => Promise<void>} */ act) => () => act().catch(failed);
  const bring = (/** @type {import("./acts.js").Target} */ state) => attempt(async () => {
    const after = await bringTo(automation, state);
    if (after) onChange(after);
  });
  const copy = attempt(async () => setMade(await duplicate(automation)));

  const changes = [
    ...targets(automation.state).map(({ state, label, icon }) => ({ label, icon, onClick: bring(state), danger: state === "archived" })),
    "-",
    { label: "Duplicate", icon: "copy", onClick: copy },
  ];
  const items = [
    ...first,
    ...(inEditor ? [] : [{ label: "Open", icon: "pencil", to: `/automations/${automation.id}` }]),
    { label: "Runs", icon: "play", to: `/runs?automation=${automation.id}` },
    ...(can("editor") ? ["-", ...changes] : ["-"]),
    { label: "Export YAML", icon: "download", onClick: attempt(() => exportYaml(automation)) },
  ];
  return html`<${Menu} items=${items} label=${`Actions of ${automation.name}`} />
    ${made && html`<${MadeDialog} made=${made} onClose=${() => navigate(`/automations/${made.id}`)} />`}`;
}
