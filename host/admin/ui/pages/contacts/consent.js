/** Whether a contact may be written to: what they asked for, what the workspace decided, since when and why. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Moment } from "../../core/time.js";
import { because } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Dialog } from "../../views/dialog.js";
import { Notice } from "../../views/empty.js";
import { Field, TextArea } from "../../views/field.js";
import { toast } from "../../views/toast.js";

/** @typedef {import("./names.js").Contact} Contact */

/**
 * What can be changed about consent.
 * @typedef {{change: {opted_out?: boolean, blocked?: boolean}, title: string, text: string, button: string, done: string, danger: boolean}} Act
 */

/** @type {Record<"out"|"in"|"block"|"unblock", Act>} */
const ACTS = {
  out: { change: { opted_out: true }, title: "Opt out", button: "Opt out", done: "Nothing is sent to them any more", danger: true,
    text: "For what they asked for outside of a conversation. From now on every message to them is recorded as suppressed and never leaves." },
  in: { change: { opted_out: false }, title: "Opt in again", button: "Opt in", done: "They may be written to again", danger: false,
    text: "Only with their word: write down how you have it." },
  block: { change: { blocked: true }, title: "Block", button: "Block", done: "The contact is blocked", danger: true,
    text: "A decision of the workspace: nothing is sent to them, whatever they asked for." },
  unblock: { change: { blocked: false }, title: "Take the block away", button: "Unblock", done: "The block is taken away", danger: false,
    text: "What they asked for themselves stays as it is." },
};

/** One of the two that can keep a contact from being written to.
 * @param {{word: string, since: {at: string, reason: string}}} props */
function Since({ word, since }) {
  return html`<div class="consent-since"><p><${Badge} tone="warn" icon="ban">${word}<//> <span class="muted">since <${Moment} at=${since.at} whole /></span></p>
    <p class="break">${since.reason}</p></div>`;
}

/**
 * The card.
 * @param {{contact: Contact, mayChange: boolean, changed: (contact: Contact) => void}} props
 */
export function ConsentCard({ contact, mayChange, changed }) {
  const [act, setAct] = useState(/** @type {Act|null} */ (null));
  const { opted_out: out, blocked } = contact.consent;
  const button = (/** @type {keyof typeof ACTS} */ name) => html`<${Button} small onClick=${() => setAct(ACTS[name])}>${ACTS[name].button} …<//>`;
  return html`<${Card} title="Consent">
    <div class="stack-s">
      ${!out && !blocked && html`<p><${Badge} tone="ok" icon="check">May be written to<//></p>`}
      ${blocked && html`<${Since} word="Blocked" since=${blocked} />`}
      ${out && html`<${Since} word="Opted out" since=${out} />`}
      ${mayChange && html`<div class="row">${button(out ? "in" : "out")}${button(blocked ? "unblock" : "block")}</div>`}
    </div>
    ${act && html`<${Ask} act=${act} contact=${contact} changed=${changed} close=${() => setAct(null)} />`}
  <//>`;
}

/** Asks why.
 * @param {{act: Act, contact: Contact, changed: (contact: Contact) => void, close: () => void}} props */
function Ask({ act, contact, changed, close }) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      changed(await api.patch(`/contacts/${contact.id}`, { ...act.change, reason: reason.trim() || undefined }));
      toast(act.done);
      close();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const fault = error?.faults?.find((/** @type {any} */ { at }) => at === "reason")?.message;
  return html`<${Dialog} title=${act.title} lead=${act.text} onClose=${close} onSubmit=${submit} actions=${[
    html`<${Button} onClick=${close}>Cancel<//>`,
    html`<${Button} kind=${act.danger ? "danger" : "primary"} type="submit" busy=${busy}>${act.button}<//>`,
  ]}>
    <${Field} label="Why" error=${fault} hint="For whoever asks later; it stands beside the state">${(/** @type {any} */ field) => html`<${TextArea} ...${field}
      rows=${2} value=${reason} onInput=${setReason} maxlength="500" placeholder="asked for it on the phone" />`}<//>
    ${error && !fault && html`<${Notice} tone="bad" alert>${because(error)}<//>`}
  <//>`;
}
