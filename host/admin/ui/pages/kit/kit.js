/** Every view in its states, to be looked at. */
import { html } from "../../core/html.js";
import { Page } from "../../views/page.js";

/** The page. */
export default function Kit() {
  return html`<${Page} title="Kit" lead="Every view in its states."><//>`;
}
