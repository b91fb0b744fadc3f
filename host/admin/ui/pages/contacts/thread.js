/** A conversation as a chat: messages with what became of each and why, and the notes beside them. */
import { classes, html, useLayoutEffect, useRef } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Link } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { useLoad } from "../../core/load.js";
import { Moment } from "../../core/time.js";
import { StateBadge } from "../../views/badge.js";
import { Empty, ErrorBox, Skeleton } from "../../views/empty.js";
import { Icon } from "../../views/icon.js";
import { Consent } from "./columns.js";
import { DecideMenu, isUndecided } from "./decide.js";

/** @typedef {import("api").Schemas["Conversation"]} Conversation */
/** @typedef {import("api").Schemas["Message"]} Message */
/** @typedef {import("api").Schemas["Note"]} Note */
/** @typedef {import("./names.js").Contact} Contact */
/** @typedef {{at: string, message: Message|null, note: Note|null}} Entry */

/** The messages of one thread that are read at most. */
const MESSAGES_MAX = 5000;
/** How often a thread is looked at again, in milliseconds. */
const EVERY_MS = 10_000;

/** @param {string} id @param {AbortSignal} signal */
async function read(id, signal) {
  /** @type {Conversation} */
  const conversation = await api.get(`/conversations/${id}`, { signal });
  /** @type {Message[]} */
  const messages = [];
  let after;
  do {
    const page = await api.get("/messages", { query: { conversation: id, limit: 1000, after }, signal });
    messages.push(...page.items);
    after = page.next;
  } while (after && messages.length < MESSAGES_MAX);
  return { conversation, messages, isCut: Boolean(after) };
}

/** Messages and notes in the order in which they came. @param {Message[]} messages @param {Note[]} notes @returns {Entry[]} */
export function entriesOf(messages, notes) {
  const all = [
    ...messages.map((message) => ({ at: message.created_at, message, note: null })),
    ...notes.map((note) => ({ at: note.created_at, message: null, note })),
  ];
  return all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The day of a time, as a heading says it. @param {string} at */
const dayOf = (at) => new Date(at).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "long", year: "numeric" });

/** What became of an outgoing message.
 * @param {{message: Message}} props */
function Fate({ message }) {
  const { state, reason, due_at: due, delivered_at: delivered, sandbox, attempts } = message;
  const word = delivered ? "delivered" : state;
  return html`<${StateBadge} state=${word} />
    ${due && ["queued", "held"].includes(state) && html`<span>until <${Moment} at=${due} /></span>`}
    ${sandbox && html`<span title="Its inbox has no channel">to nobody: the inbox has no channel</span>`}
    ${attempts > 1 && html`<span>${attempts} attempts</span>`}
    ${reason && html`<span class="bubble-reason">${reason}</span>`}`;
}

/** One message.
 * @param {{message: Message, mayDecide: boolean, decided: () => void}} props */
function Bubble({ message, mayDecide, decided }) {
  const isOut = message.direction === "outgoing";
  return html`<li class=${classes("bubble-row", { "bubble-out": isOut, [`bubble-${message.state}`]: isOut })}>
    <div class="bubble"><span class="sr-only">${isOut ? "To them:" : "From them:"}</span>${message.body}
      ${message.media.map((file, at) => html`<span key=${at} class="bubble-media"><${Icon} name="link" size=${13} /><span>${file.content_type} · ${file.url}</span></span>`)}
    </div>
    <div class="bubble-foot">
      <${Moment} at=${message.sent_at ?? message.created_at} />
      ${isOut && html`<${Fate} message=${message} />`}
      ${message.run && html`<${Link} class="link" to=${`/runs/${message.run}`} title=${message.step ? `Step ${message.step}` : ""}>run<//>`}
      ${mayDecide && isUndecided(message) && html`<${DecideMenu} message=${message} decided=${decided} />`}
    </div>
  </li>`;
}

/** One note.
 * @param {{note: Note}} props */
function NoteLine({ note }) {
  return html`<li class="thread-note"><span class="note-head"><${Icon} name="pencil" size=${12} />Note · <${Moment} at=${note.created_at} />${
    note.run ? html` · <${Link} class="link" to=${`/runs/${note.run}`}>run<//>` : ""}</span><span class="note-text">${note.body}</span></li>`;
}

/** Who it is with, and how it stands.
 * @param {{conversation: Conversation}} props */
function Head({ conversation }) {
  const { contact: id, contact_name: name } = conversation;
  const { data, error, reload } = useLoad((signal) => api.get(`/contacts/${id}`, { signal }), [id], { every: EVERY_MS });
  const contact = /** @type {Contact|null} */ (data);
  return html`<header class="thread-head">
    <div class="thread-who"><h2><${Link} to=${`/contacts/${id}`}>${name ?? "Contact"}<//></h2>
      ${contact && html`<${Consent} contact=${contact} />`}</div>
    <p class="thread-facts"><${StateBadge} state=${conversation.state} /><span><${Icon} name="inbox" size=${13} />${conversation.inbox.name || "Removed inbox"}</span>
      <span><${Icon} name="user" size=${13} />${conversation.assignee ? conversation.assignee.name || "removed member" : "nobody assigned"}</span></p>
    ${error && html`<${ErrorBox} error=${error} retry=${reload} />`}
  </header>`;
}

/**
 * The thread.
 * @param {{id: string}} props
 */
export function Thread({ id }) {
  const session = useSession();
  const { data, error, reload } = useLoad((signal) => read(id, signal), [id], { every: EVERY_MS });
  const end = useRef(/** @type {HTMLDivElement|null} */ (null));
  const count = data ? data.messages.length + data.conversation.notes.length : 0;
  useLayoutEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [id, count]);
  if (!data) {
    const waiting = html`<div class="card-pad"><${Skeleton} lines=${6} /></div>`;
    return html`<section class="thread" aria-label="Conversation">${error ? html`<${ErrorBox} error=${error} retry=${reload} />` : waiting}</section>`;
  }
  const entries = entriesOf(data.messages, data.conversation.notes);
  let day = "";
  return html`<section class="thread" aria-label="Conversation">
    <${Head} conversation=${data.conversation} />
    ${error && html`<${ErrorBox} error=${error} retry=${reload} />`}
    <div class="thread-body" ref=${end} tabindex="0" role="log" aria-label="Messages">
      ${data.isCut && html`<p class="unset">Only the first ${MESSAGES_MAX} messages are shown.</p>`}
      ${entries.length === 0 && html`<${Empty} small icon="message-square" title="Nothing was written yet" />`}
      <ol class="bubbles">${entries.map((entry) => {
        const today = dayOf(entry.at);
        const isNew = today !== day;
        day = today;
        return [
          isNew && html`<li key=${`day-${today}`} class="thread-day"><span>${today}</span></li>`,
          entry.message
            ? html`<${Bubble} key=${entry.message.id} message=${entry.message} mayDecide=${session.can("editor")} decided=${reload} />`
            : html`<${NoteLine} key=${entry.note?.id} note=${entry.note} />`,
        ];
      })}</ol>
    </div>
  </section>`;
}
