/** Every view in its states, to be looked at: `/app/kit`. It needs no log-in and asks the host for nothing. */
import { html, useState } from "../../core/html.js";
import { ThemeChoice } from "../../shell/theme-choice.js";
import { Page } from "../../views/page.js";
import { Tabs } from "../../views/tabs.js";
import { useRoute } from "../../core/router.js";
import { Charts } from "./charts.js";
import { Controls } from "./controls.js";
import { Data } from "./data.js";
import { Feedback } from "./feedback.js";
import { Texts } from "./texts.js";

const PARTS = { controls: Controls, data: Data, texts: Texts, charts: Charts, feedback: Feedback };

/** The page; `?part=` shows one part of it. */
export default function Kit() {
  const { query, setQuery } = useRoute();
  const [part, setPart] = useState(query.part in PARTS ? query.part : "controls");
  const choose = (/** @type {string} */ next) => {
    setPart(next);
    setQuery({ part: next });
  };
  const items = Object.keys(PARTS).map((value) => ({ value, label: value.charAt(0).toUpperCase() + value.slice(1) }));
  const View = PARTS[/** @type {keyof typeof PARTS} */ (part)];
  return html`<main>
    <${Page} title="Kit" lead="Every view in its states. What is made anew is looked at here first." actions=${html`<${ThemeChoice} />`}
      tabs=${html`<${Tabs} items=${items} value=${part} onChange=${choose} label="Parts" />`}><${View} /><//>
  </main>`;
}
