/** What somebody needs who made an automation: its URL, and the key that is shown this once. */

import { html } from "../../core/html.js";
import { Button } from "../../views/button.js";
import { Code } from "../../views/code.js";
import { Copy, Once } from "../../views/copy.js";
import { Dialog } from "../../views/dialog.js";
import { Field } from "../../views/field.js";
import { curl } from "../editor/trigger/curl.js";

/**
 * @param {{made: import("./acts.js").Applied, sample?: any, onClose: () => void}} props `sample` is sent by the curl line
 */
export function MadeDialog({ made, sample = { hello: "world" }, onClose }) {
  const actions = html`<${Button} kind="primary" icon="arrow-right" onClick=${onClose}>I have stored the key<//>`;
  return html`<${Dialog} title=${`“${made.name}” is a draft`} lead="Only its test URL takes requests until it goes live." firm onClose=${onClose} actions=${actions}>
    <div class="stack">
      <${Field} label="URL">${() => html`<${Copy} text=${made.url} label="Copy the URL" wrap />`}<//>
      <${Once} text=${made.key ?? ""} title="The key"
        hint="Send it as Authorization: Bearer. Only its hash is kept, so it cannot be shown again; the trigger can have others." />
      <details class="stack-s">
        <summary class="muted">The same as a curl line, for when it is live</summary>
        <${Code} language="curl" copy text=${curl(made.url, made.key ?? null, sample)} label="A request with curl" />
      </details>
    </div>
  <//>`;
}
