/** One contact: who they are, whether they may be written to, what they belong to, and what happened with them. */
import { html } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Link } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { useLoad } from "../../core/load.js";
import { Ago } from "../../core/time.js";
import { took } from "../runs/columns.js";
import { StateBadge } from "../../views/badge.js";
import { Card } from "../../views/card.js";
import { CopyButton } from "../../views/copy.js";
import { Empty, ErrorBox, Skeleton } from "../../views/empty.js";
import { Columns, Page } from "../../views/page.js";
import { BelongsCard } from "./belongs.js";
import { ConsentCard } from "./consent.js";
import { Consent } from "./columns.js";
import { FieldsCard } from "./field-form.js";
import { contactName } from "./names.js";

/** @typedef {import("./names.js").Contact} Contact */
/** @typedef {import("../runs/shapes.js").RunBrief} RunBrief */

/** Where the page leads back to. */
const BACK = { to: "/contacts", label: "Contacts" };
/** So many of the latest runs are shown. */
const RUNS_SHOWN = 10;

/** The page of one contact.
 * @param {{params: Record<string, string>}} props */
export default function ContactPage({ params }) {
  const session = useSession();
  const asked = useLoad(async (signal) => {
    const [contact, fields] = await Promise.all([api.get(`/contacts/${params.id}`, { signal }), api.get("/fields", { query: { limit: 500 }, signal })]);
    return { contact: /** @type {Contact} */ (contact), declared: /** @type {any[]} */ (fields.items) };
  }, [params.id]);
  if (!asked.data) {
    return html`<${Page} title="Contact" back=${BACK}>${asked.error ? html`<${ErrorBox} error=${asked.error} retry=${asked.reload} />`
      : html`<${Columns} main=${html`<${Card} title="Fields"><${Skeleton} lines=${8} /><//>`} side=${html`<${Card} title="Consent"><${Skeleton} lines=${2} /><//>`} />`}<//>`;
  }
  const { contact, declared } = asked.data;
  const mayChange = session.can("editor");
  const changed = (/** @type {Contact} */ next) => asked.set({ contact: next, declared });
  const main = html`<${FieldsCard} contact=${contact} declared=${declared} mayChange=${mayChange} changed=${changed} reload=${asked.reload} />
    <${RunsCard} contact=${contact} />`;
  const side = html`<${ConsentCard} contact=${contact} mayChange=${mayChange} changed=${changed} />
    <${BelongsCard} contact=${contact} mayChange=${mayChange} changed=${changed} reload=${asked.reload} />
    <${ConversationsCard} contact=${contact} />
    <p class="small faint">First seen <${Ago} at=${contact.created_at} /> · changed <${Ago} at=${contact.updated_at} /></p>`;
  const id = html`<span class="run-id faint small"><code>${contact.id.slice(0, 12)}…</code><${CopyButton} text=${contact.id} label="Copy the contact's id" /></span>`;
  return html`<${Page} title=${contactName(contact)} badge=${html`<${Consent} contact=${contact} />`} actions=${id} back=${BACK}>
    ${asked.error && html`<${ErrorBox} error=${asked.error} retry=${asked.reload} />`}
    <${Columns} main=${main} side=${side} />
  <//>`;
}

/** Their latest runs.
 * @param {{contact: Contact}} props */
function RunsCard({ contact }) {
  const { data, error, reload } = useLoad((signal) => api.get("/runs", { query: { contact: contact.id, brief: true, limit: RUNS_SHOWN }, signal }), [contact.id]);
  const runs = /** @type {RunBrief[]} */ (data?.items ?? []);
  const all = runs.length > 0 && html`<${Link} class="link" to=${`/runs?contact=${contact.id}`}>All runs<//>`;
  return html`<${Card} title="Latest runs" actions=${all} flush>
    ${error ? html`<${ErrorBox} error=${error} retry=${reload} />` : !data ? html`<div class="card-pad"><${Skeleton} lines=${4} /></div>`
      : runs.length === 0 ? html`<${Empty} small icon="play" title="No runs" text="No automation has run for this contact yet." />`
      : html`<ul class="link-list">${runs.map((run) => html`<li key=${run.id}><${Link} class="links-row" to=${`/runs/${run.id}`}>
          <${StateBadge} state=${run.state} />
          <span class="links-main"><span class="fit">${run.automation_name ?? "Removed automation"}</span>
            ${run.failure && html`<span class="links-sub fit">${run.failure.code}: ${run.failure.message}</span>`}</span>
          <span class="num faint hide-small">${took(run.duration_ms)}</span><${Ago} at=${run.began_at} />
        <//></li>`)}</ul>`}
  <//>`;
}

/** Their conversations, one for each inbox.
 * @param {{contact: Contact}} props */
function ConversationsCard({ contact }) {
  const { data, error, reload } = useLoad((signal) => api.get("/conversations", { query: { contact: contact.id, limit: 50 }, signal }), [contact.id]);
  const conversations = /** @type {import("./thread.js").Conversation[]} */ (data?.items ?? []);
  return html`<${Card} title="Conversations" flush>
    ${error ? html`<${ErrorBox} error=${error} retry=${reload} />` : !data ? html`<div class="card-pad"><${Skeleton} lines=${2} /></div>`
      : conversations.length === 0 ? html`<${Empty} small icon="message-square" title="No conversations" text="One begins with the first message to or from them." />`
      : html`<ul class="link-list">${conversations.map((conversation) => html`<li key=${conversation.id}><${Link} class="links-row" to=${`/conversations/${conversation.id}`}>
          <${StateBadge} state=${conversation.state} />
          <span class="links-main"><span class="fit">${conversation.inbox.name || "Removed inbox"}</span>
            <span class="links-sub fit">${conversation.assignee ? conversation.assignee.name || "removed member" : "nobody assigned"}</span></span>
          <${Ago} at=${conversation.updated_at} /><//></li>`)}</ul>`}
  <//>`;
}
