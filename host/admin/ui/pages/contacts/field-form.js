/** The fields of a contact: to be read, and to be changed with the control that suits each. */
import { html, useLayoutEffect, useRef, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { focusField } from "../../core/focus.js";
import { useLeaveGuard } from "../../core/router.js";
import { sentence } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { CopyButton } from "../../views/copy.js";
import { ErrorBox, Notice } from "../../views/empty.js";
import { Field, Input, Select, TextArea } from "../../views/field.js";
import { toast } from "../../views/toast.js";
import { IDENTIFIERS, changeOf, sortsOf, toText } from "./field-values.js";

/** @typedef {import("./names.js").Contact} Contact */
/** @typedef {import("./field-values.js").FieldSort} FieldSort */

const YES_NO = [{ value: "true", label: "Yes" }, { value: "false", label: "No" }];

/** Longer texts than this get several lines. */
const LINE_CHARS = 60;

/** What a field is called. @param {FieldSort} sort */
const labelOf = (sort) => (sort.name === "external_id" ? "External id" : sentence(sort.name));

/** What kind it is, in words. @param {FieldSort} sort */
function kindWord(sort) {
  const word = { text: "text", number: "number", date: "date", boolean: "yes or no", choice: "choice" }[sort.kind];
  return `${word}${sort.many ? ", several" : ""}${sort.declared ? "" : ", not declared"}`;
}

/** The control of a field.
 * @param {{sort: FieldSort, text: string, change: (text: string) => void, field: any}} props */
function Control({ sort, text, change, field }) {
  if (sort.many) return html`<${TextArea} ...${field} rows=${3} value=${text} onInput=${change} placeholder="One on each line" />`;
  if (sort.kind === "boolean") return html`<${Select} ...${field} options=${YES_NO} placeholder="Not set" value=${text} onChange=${change} />`;
  if (sort.kind === "choice") {
    const options = text && !sort.options.includes(text) ? [...sort.options, text] : sort.options;
    return html`<${Select} ...${field} options=${options} placeholder="Not set" value=${text} onChange=${change} />`;
  }
  const isDay = sort.kind === "date" && (text === "" || /^\d{4}-\d{2}-\d{2}$/.test(text));
  if (isDay) return html`<${Input} ...${field} type="date" value=${text} onInput=${change} />`;
  if (sort.kind === "text" && (text.length > LINE_CHARS || text.includes("\n"))) return html`<${TextArea} ...${field} rows=${2} value=${text} onInput=${change} />`;
  return html`<${Input} ...${field} value=${text} onInput=${change} inputmode=${sort.kind === "number" ? "decimal" : undefined} autocomplete="off" />`;
}

/** A value as it is read.
 * @param {{value: unknown}} props */
function Shown({ value }) {
  if (value === null || value === undefined || value === "") return html`<span class="unset">–</span>`;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return html`<span class="contact-tags">${value.map((item, at) => html`<span key=${at} class="contact-tag">${toText(item)}</span>`)}</span>`;
  return html`<span class="field-text">${toText(value)}</span>`;
}

/** Everything to be read.
 * @param {{contact: Contact, sorts: FieldSort[]}} props */
function Read({ contact, sorts }) {
  const identifiers = IDENTIFIERS.map((sort) => [sort, contact[/** @type {"phone"} */ (sort.name)]]);
  const fields = sorts.map((sort) => [sort, contact.fields[sort.name]]);
  const row = (/** @type {any} */ [sort, value], /** @type {boolean} */ copied) => html`<div key=${sort.name} class="field-row">
    <dt title=${kindWord(sort)}>${labelOf(sort)}</dt>
    <dd><${Shown} value=${value} />${copied && value && html`<${CopyButton} text=${toText(value)} label=${`Copy ${labelOf(sort)}`} />`}</dd>
  </div>`;
  return html`<dl class="field-rows">${identifiers.map((pair) => row(pair, true))}</dl>
    ${fields.length > 0 && html`<dl class="field-rows field-rows-more">${fields.map((pair) => row(pair, false))}</dl>`}`;
}

/**
 * The card of fields.
 * @param {{contact: Contact, declared: any[], mayChange: boolean, changed: (contact: Contact) => void, reload: () => Promise<void>}} props
 */
export function FieldsCard({ contact, declared, mayChange, changed, reload }) {
  const [draft, setDraft] = useState(/** @type {Record<string, string>|null} */ (null));
  const sorts = sortsOf(declared, contact.fields);
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const edits = draft !== null;
  const before = useRef(edits);
  // The focus goes into the form, and back to the button that opens it.
  useLayoutEffect(() => {
    if (edits === before.current) return;
    before.current = edits;
    if (edits) focusField(box.current);
    else /** @type {HTMLElement|null|undefined} */ (box.current?.querySelector(".edit-fields"))?.focus();
  }, [edits]);
  const actions = mayChange && !draft && html`<${Button} small icon="pencil" class="edit-fields" onClick=${() => setDraft({})}>Edit<//>`;
  return html`<div ref=${box}><${Card} title="Fields" actions=${actions}>
    ${draft
      ? html`<${Edit} contact=${contact} sorts=${sorts} draft=${draft} setDraft=${setDraft} changed=${changed} reload=${reload} />`
      : html`<${Read} contact=${contact} sorts=${sorts} />`}
  <//></div>`;
}

/** The form.
 * @param {{contact: Contact, sorts: FieldSort[], draft: Record<string, string>, setDraft: (draft: Record<string, string>|null) => void,
 *   changed: (contact: Contact) => void, reload: () => Promise<void>}} props */
function Edit({ contact, sorts: known, draft, setDraft, changed, reload }) {
  const [added, setAdded] = useState(/** @type {FieldSort[]} */ ([]));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const sorts = [...known, ...added.filter(({ name }) => !known.some((sort) => sort.name === name))];
  const change = changeOf(contact, sorts, draft);
  useLeaveGuard(Boolean(change));
  const faultOf = (/** @type {string} */ at) => error?.faults?.find((/** @type {any} */ fault) => fault.at === at)?.message;
  const places = new Set([...IDENTIFIERS.map(({ name }) => name), ...sorts.map(({ name }) => `fields.${name}`)]);
  const isElsewhere = error && error.status !== 409 && !error.faults?.some((/** @type {any} */ { at }) => places.has(at));
  const takeIn = async () => {
    await reload();
    setError(null);
  };
  const addField = (/** @type {string} */ name) => setAdded([...added, { name, kind: "text", options: [], many: false, declared: false }]);
  const save = async () => {
    if (!change) return setDraft(null);
    setBusy(true);
    setError(null);
    try {
      changed(await api.patch(`/contacts/${contact.id}`, { ...change, version: contact.version }));
      toast("The contact is changed");
      setDraft(null);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  const box = (/** @type {FieldSort} */ sort, /** @type {string} */ at, /** @type {unknown} */ value) => html`<${Field} key=${at} label=${labelOf(sort)}
    aside=${at.startsWith("fields.") ? kindWord(sort) : ""} error=${faultOf(at)}>${(/** @type {any} */ field) => html`<${Control} sort=${sort} field=${field}
      text=${draft[at] ?? toText(value)} change=${(/** @type {string} */ text) => setDraft({ ...draft, [at]: text })} />`}<//>`;
  const submit = (/** @type {Event} */ sent) => {
    sent.preventDefault();
    save();
  };
  return html`<form class="stack" onSubmit=${submit} novalidate>
    ${error?.status === 409 && error.title === "Changed meanwhile" && html`<${Notice} tone="warn" title="The contact was changed meanwhile"
      actions=${html`<${Button} small onClick=${takeIn}>Take that in<//>`}>What you typed stays; the rest becomes what it is now.<//>`}
    ${error?.status === 409 && error.title !== "Changed meanwhile" && html`<${ErrorBox} error=${error} />`}
    <div class="field-grid">${IDENTIFIERS.map((sort) => box(sort, sort.name, contact[/** @type {"phone"} */ (sort.name)]))}</div>
    <div class="field-grid field-grid-more">${sorts.map((sort) => box(sort, `fields.${sort.name}`, contact.fields[sort.name]))}
    <${AddField} taken=${sorts.map(({ name }) => name)} add=${addField} /></div>
    ${isElsewhere && html`<${ErrorBox} error=${error} />`}
    <div class="row form-actions field-actions"><${Button} kind="primary" type="submit" busy=${busy} disabled=${!change}>Save<//>
      <${Button} onClick=${() => setDraft(null)}>Cancel<//></div>
  </form>`;
}

/** A field that this contact does not have yet.
 * @param {{taken: string[], add: (name: string) => void}} props */
function AddField({ taken, add }) {
  const [name, setName] = useState("");
  const key = name.trim();
  const wrong = taken.includes(key) ? "It is there already" : "";
  const go = () => {
    if (!key || wrong) return;
    add(key);
    setName("");
  };
  const onKey = (/** @type {KeyboardEvent} */ press) => {
    if (press.key !== "Enter") return;
    press.preventDefault();
    go();
  };
  return html`<${Field} label="Another field" error=${wrong} hint="Fields with a type are declared in the settings">${(/** @type {any} */ field) => html`<div class="row row-nowrap">
    <${Input} ...${field} value=${name} onInput=${setName} onKeyDown=${onKey} placeholder="its name" mono autocomplete="off" />
    <${Button} icon="plus" onClick=${go} disabled=${!key || Boolean(wrong)}>Add<//></div>`}<//>`;
}
