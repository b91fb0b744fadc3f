/** A new automation: its name, its inbox and, if there is one, a sample that its mapping is proposed from. */

import { api } from "../../core/api.js";
import { html, useEffect, useRef, useState } from "../../core/html.js";
import { useLoad, useSettled } from "../../core/load.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { because, plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Editor } from "../../views/code.js";
import { Combobox } from "../../views/combobox.js";
import { Dialog } from "../../views/dialog.js";
import { ErrorBox, Notice } from "../../views/empty.js";
import { Field, Input, Select } from "../../views/field.js";
import { applyDraft, everyAutomation } from "./acts.js";
import { MadeDialog } from "./made.js";
import { firstDocument, places, readSample, suggest } from "./sample.js";

/** @typedef {import("./sample.js").Identifier} Identifier */

const IDENTIFIERS = [
  { value: "phone", label: "Phone number" },
  { value: "email", label: "Email address" },
  { value: "external_id", label: "Your own id" },
];
/** What a new automation finds contacts by while it has no sample to say it. */
const USUAL = { field: "phone", from: "$.phone_number" };
const NEW_INBOX = "\u0000new";
const EXAMPLE = '{"phone_number": "12155556677", "first_name": "John"}';

/** @param {{onClose: () => void}} props */
export function CreateDialog({ onClose }) {
  const { can } = useSession();
  const inboxes = useLoad((signal) => api.get("/inboxes", { query: { limit: 1000 }, signal }), []);
  const taken = useLoad(async (signal) => new Set((await everyAutomation(signal)).map((one) => one.name)), []);
  const [name, setName] = useState("");
  const [inbox, setInbox] = useState("");
  const [inboxName, setInboxName] = useState("");
  const [text, setText] = useState("");
  const [given, setGiven] = useState(/** @type {Identifier | null} */ (null));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [made, setMade] = useState(/** @type {import("./acts.js").Applied | null} */ (null));

  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    // After the dialog has taken the focus.
    const frame = requestAnimationFrame(() => box.current?.querySelector("input")?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);

  const settled = useSettled(text, 300);
  const { value: sample, fault } = readSample(settled);
  const proposed = useLoad(async (signal) => (sample === undefined ? null : suggest(sample, signal)), [settled]);
  const suggestion = sample === undefined ? null : proposed.data;
  const identifier = given ?? suggestion?.identifier ?? (sample === undefined ? USUAL : null);

  const names = (inboxes.data?.items ?? []).map((/** @type {{name: string}} */ one) => one.name);
  const chosen = inbox || (names.length === 0 && inboxes.data ? NEW_INBOX : names[0] ?? "");
  const options = [...names.map((/** @type {string} */ one) => ({ value: one, label: one })), ...(can("admin") ? [{ value: NEW_INBOX, label: "A new inbox …" }] : [])];

  const faults = {
    name: name.trim() === "" ? "It needs a name." : taken.data?.has(name.trim()) ? "An automation of this name is there already; saving would change that one." : "",
    inbox: chosen === NEW_INBOX && !can("admin") ? "This workspace has no inbox yet; an admin can make one." : "",
    inboxName: chosen === NEW_INBOX && can("admin") && inboxName.trim() === "" ? "The inbox needs a name." : "",
    identifier: identifier?.from ? "" : "Choose where in the sample the contact is found.",
  };
  const begin = async () => {
    setTried(true);
    if (settled !== text || fault || Object.values(faults).some(Boolean) || !identifier) {
      return void requestAnimationFrame(() => /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector('[aria-invalid="true"]'))?.focus());
    }
    setBusy(true);
    setError(null);
    try {
      const inboxUsed = chosen === NEW_INBOX ? (await api.post("/inboxes", { name: inboxName.trim() })).name : chosen;
      setMade(await applyDraft(firstDocument({ name: name.trim(), inbox: inboxUsed, sample, identifier, suggestion })));
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  };

  if (made) return html`<${MadeDialog} made=${made} sample=${sample}
    onClose=${() => navigate(`/automations/${made.id}?panel=${sample === undefined ? "trigger" : "map"}`, { replace: true })} />`;
  const actions = html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" type="submit" busy=${busy}>Create draft<//>`;
  return html`<${Dialog} title="New automation" lead="It begins as a draft: nothing runs before you let it go live." onClose=${onClose}
    onSubmit=${begin} actions=${actions}>
    <div class="stack" ref=${box}>
      <${Field} label="Name" required error=${tried && faults.name} hint="For example “Order shipped”. It stays, since documents are applied by their name.">
        ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${name} onInput=${setName} maxlength="200" />`}
      <//>
      <${Field} label="Inbox" required error=${tried && faults.inbox} hint="Its messages are from this one.">
        ${(/** @type {any} */ field) => html`<${Select} ...${field} options=${options} value=${chosen} onChange=${setInbox} />`}
      <//>
      ${chosen === NEW_INBOX && can("admin") && html`<${Field} label="Name of the inbox" required error=${tried && faults.inboxName}>
        ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${inboxName} onInput=${setInboxName} placeholder="support" />`}
      <//>`}
      <${Field} label="Sample request" aside="optional" error=${fault}
        hint="Paste the JSON that will be sent. Fields are proposed from it, and later changes are checked against it.">
        ${(/** @type {any} */ field) => html`<${Editor} ...${field} language="json" value=${text} onInput=${setText} rows=${6} label="Sample request" />`}
      <//>
      ${text === "" && html`<div><${Button} kind="quiet" small icon="file-code"
        onClick=${() => setText(JSON.stringify(JSON.parse(EXAMPLE), null, 2))}>Begin with an example<//></div>`}
      ${sample !== undefined && (proposed.error ? html`<${Notice} tone="warn" title="Nothing could be proposed">${because(proposed.error)}<//>`
        : html`<${Proposal} sample=${sample} suggestion=${suggestion} identifier=${identifier} onChange=${setGiven}
          error=${tried ? faults.identifier : ""} />`)}
      ${error && html`<${ErrorBox} error=${error} />`}
    </div>
  <//>`;
}

/**
 * What is proposed, with the one thing that has to be right: who the contact is.
 * @param {{sample: any, suggestion: import("./sample.js").Suggestion | null, identifier: Identifier | null,
 *   onChange: (identifier: Identifier) => void, error: string}} props
 */
function Proposal({ sample, suggestion, identifier, onChange, error }) {
  const options = places(sample).map(({ path, example }) => ({ value: path, label: path, hint: example }));
  const field = identifier?.field ?? "phone";
  const map = suggestion?.map ?? [];
  return html`<div class="panel stack-s proposal">
    <h3>The contact is found by</h3>
    <div class="proposal-identifier">
      <${Field} label="Identifier" hideLabel>
        ${(/** @type {any} */ control) => html`<${Select} ...${control} options=${IDENTIFIERS} value=${field}
          onChange=${(/** @type {string} */ next) => onChange({ field: next, from: identifier?.from ?? "" })} />`}
      <//>
      <${Field} label="Place in the sample" hideLabel error=${error}>
        ${(/** @type {any} */ control) => html`<${Combobox} ...${control} free placeholder="$.phone_number" options=${options}
          value=${identifier?.from ?? ""} onChange=${(/** @type {string} */ from) => onChange({ field, from })} />`}
      <//>
    </div>
    <p class="small muted">${map.length === 0 ? "No other field was recognised; you can map them next."
      : html`${plural(map.length, "field")} recognised: ${map.map((one) => one.field).join(", ")}. You can change them next.`}
      ${suggestion?.each && html` One run for each element of <span class="mono">${suggestion.each}</span>.`}</p>
  </div>`;
}
