/** Listening at the test URL: what arrives is shown as it came, runs nothing, and can become the sample. */
import { api } from "../../../core/api.js";
import { html, useEffect, useState } from "../../../core/html.js";
import { Ago } from "../../../core/time.js";
import { indented, textOf } from "../../../core/verbatim.js";
import { Button } from "../../../views/button.js";
import { Code } from "../../../views/code.js";
import { Copy } from "../../../views/copy.js";
import { Empty, ErrorBox, Spinner } from "../../../views/empty.js";
import { Pairs } from "../../../views/pairs.js";
import { curl } from "./curl.js";

/** @typedef {import("../state.js").Automation} Automation */
/** @typedef {{ id: string, received_at: string, headers: { name: string, value: string }[], body: any }} Test */

/** How long one request waits for something to arrive, in seconds. */
const WAIT_S = 25;
/** What came keeps its text. */
const BODIES = [["items", "*", "body"]];
/** How long to wait after a failure, in milliseconds. */
const PAUSE_MS = 3_000;

/** @param {{ automation: Automation, onUse: (payload: any) => void, locked: boolean }} props */
export function Listen({ automation, onUse, locked }) {
  const { tests, error, retry } = useTests(automation.id);
  const [chosen, setChosen] = useState(/** @type {string | null} */ (null));
  const test = tests.find(({ id }) => id === chosen) ?? tests[0];
  return html`<div class="stack">
    <p class="muted">Send a request to the test URL, with a key of this trigger. It is shown here and starts nothing.</p>
    <${Copy} text=${automation.test_url} label="Test URL" wrap />
    ${error && html`<${ErrorBox} error=${error} retry=${retry} />`}
    ${test
      ? html`<${Arrived} test=${test} tests=${tests} onChoose=${setChosen} onUse=${onUse} locked=${locked} />`
      : html`<${Empty} small icon="radio" title="Listening" text="The next request to the test URL appears here."
          action=${html`<${Spinner} label="Waiting for a request" />`} />
        <${Code} text=${curl(automation.test_url, null, { phone_number: "12155556677", first_name: "John" })} language="curl" copy wrap label="For example" />`}
  </div>`;
}

/** @param {{ test: Test, tests: Test[], onChoose: (id: string) => void, onUse: (payload: any) => void, locked: boolean }} props */
function Arrived({ test, tests, onChoose, onUse, locked }) {
  return html`<div class="stack-s">
    <div class="row row-between">
      <span class="strong" role="status">Arrived <${Ago} at=${test.received_at} /></span>
      <${Button} kind="primary" small icon="check" disabled=${locked} onClick=${() => onUse(test.body)}>Use as the sample<//>
    </div>
    ${tests.length > 1 && html`<div class="row" role="group" aria-label="Requests that arrived">
      ${tests.map(({ id, received_at }) => html`<${Button} key=${id} small kind=${id === test.id ? "plain" : "quiet"} aria-pressed=${id === test.id}
        onClick=${() => onChoose(id)}><${Ago} at=${received_at} /><//>`)}
    </div>`}
    <${Code} text=${indented(textOf(test.body))} language="json" numbers label="Body" height=${320} />
    <details><summary class="small muted">Headers (${test.headers.length})</summary>
      <${Pairs} items=${test.headers.map(({ name, value }) => [name, html`<span class="mono">${value}</span>`])} />
    </details>
  </div>`;
}

/**
 * What arrived at the test URL, newest first; waits for more as long as the view is shown.
 * @param {string} automation
 */
function useTests(automation) {
  const [tests, setTests] = useState(/** @type {Test[]} */ ([]));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const over = new AbortController();
    const path = `/automations/${automation}/tests`;
    const listen = async () => {
      let newest = "";
      let first = true;
      while (!over.signal.aborted) {
        try {
          const { items } = await api.get(path, { query: { after: newest, wait: first ? undefined : WAIT_S }, signal: over.signal, verbatim: BODIES });
          first = false;
          newest = items[0]?.id ?? newest;
          setError(null);
          if (items.length > 0) setTests((before) => [...items, ...before].slice(0, 10));
        } catch (reason) {
          if (over.signal.aborted) return;
          setError(reason);
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
      }
    };
    listen();
    return () => over.abort();
  }, [automation, tries]);
  return { tests, error, retry: () => setTries((before) => before + 1) };
}
