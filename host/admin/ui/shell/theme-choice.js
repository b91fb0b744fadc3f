/** Light, dark, or as the system says. */
import { html } from "../core/html.js";
import { useTheme } from "../core/theme.js";
import { Button, ButtonGroup } from "../views/button.js";

/** @type {{ value: import("../core/theme.js").Theme, label: string, icon: import("../views/icon.js").IconName }[]} */
export const THEMES = [
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
  { value: "system", label: "As the system says", icon: "monitor" },
];

/** A group of three buttons. */
export function ThemeChoice() {
  const { theme, setTheme } = useTheme();
  return html`<${ButtonGroup} label="Theme">
    ${THEMES.map(({ value, label, icon }) => html`<${Button} key=${value} small icon=${icon} label=${label} aria-pressed=${theme === value} onClick=${() => setTheme(value)} />`)}
  <//>`;
}
