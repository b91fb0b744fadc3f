/** The kit: what is told, asked and waited for. */
import { html, useState } from "../../core/html.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { confirm, Dialog } from "../../views/dialog.js";
import { Empty, ErrorBox, Notice, Skeleton, Spinner } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";
import { Phases, Progress } from "../../views/progress.js";
import { toast } from "../../views/toast.js";

const ERROR = {
  title: "Invalid",
  detail: "steps[1].settings.list: there is no list \"custommers\"",
  faults: [
    { at: "steps[1].settings.list", message: "there is no list “custommers”; “customers” is one" },
    { at: "trigger.webhook.identifier.from", message: "finds nothing in the sample" },
  ],
  request_id: "0197c1c3e1f27b6a9d7f",
};

/** All of them. */
export function Feedback() {
  const [open, setOpen] = useState("");
  const [answer, setAnswer] = useState("");
  const ask = async (/** @type {any} */ question) => setAnswer((await confirm(question)) ? "yes" : "no");
  const close = () => setOpen("");
  const actions = html`<${Button} onClick=${close}>Cancel<//><${Button} kind="primary" type="submit">Save<//>`;
  return html`<div class="grid-2">
    <${Card} title="Notices"><div class="stack">
      ${/** @type {const} */ (["info", "ok", "warn", "bad", "idle"]).map((tone) => html`<${Notice} tone=${tone} title="Paused" actions=${html`<${Button} small>Go live<//>`}><p>Requests are captured; their runs are held until it is live again.</p><//>`)}
    </div><//>
    <div class="stack">
      <${ErrorBox} error=${ERROR} retry=${() => toast("Tried again", "info")} />
      <${ErrorBox} error=${{ title: "Busy", detail: "The store has too much waiting; nothing was changed", retry_after: 1, faults: [] }} />
      <${Empty} small icon="inbox" title="Nobody has written yet" text="Incoming messages stand here as conversations." />
    </div>
    <${Card} title="Waiting"><div class="stack">
      <${Skeleton} lines=${3} /><${Spinner} />
      <${Progress} value=${18} max=${64} label="Sending" aside="18 of 64 MiB" /><${Progress} label="Compiling" /><${Progress} value=${1} tone="ok" label="Done" />
      <${Phases} items=${[{ label: "Sent", state: "done", hint: "1.2 s" }, { label: "Compiling", state: "now", hint: "4 s" }, { label: "Describing", state: "next" }, { label: "Broken", state: "failed" }]} />
    </div><//>
    <${Card} title="Dialogs and toasts"><div class="row">
      ${["dialog", "wide", "side"].map((kind) => html`<${Button} onClick=${() => setOpen(kind)}>${kind}<//>`)}
      <${Button} kind="danger" onClick=${() => ask({ title: "Remove “customers”?", text: "212 contacts are on it. They stay; the list is gone.", confirm: "Remove", danger: true, word: "customers" })}>Ask<//>
      <${Button} onClick=${() => toast("Saved as version 5", "ok", { action: { label: "Undo", run: () => toast("Undone", "info") } })}>Toast<//>
      <${Button} onClick=${() => toast("There is no list “custommers”; nothing was changed", "bad")}>Error<//>
      <span class="muted">${answer}</span>
    </div><//>
    ${open && html`<${Dialog} title="New list" lead="A named set of contacts." wide=${open === "wide"} side=${open === "side"} onClose=${close} onSubmit=${close} actions=${actions}>
      <${Field} label="Name">${(/** @type {any} */ field) => html`<${Input} ...${field} autofocus />`}<//>
    <//>`}
  </div>`;
}
