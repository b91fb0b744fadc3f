/** Conversations: on the left those there are, on the right the one that is read. */
import { classes, html } from "../../core/html.js";
import { Link, useRoute } from "../../core/router.js";
import { useLoad, usePages } from "../../core/load.js";
import { api } from "../../core/api.js";
import { Ago } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Dot } from "../../views/badge.js";
import { Empty, ErrorBox, Skeleton } from "../../views/empty.js";
import { FilterSelect, Filters } from "../../views/filters.js";
import { Page } from "../../views/page.js";
import { ContactTabs } from "./tabs.js";
import { Thread } from "./thread.js";

/** @typedef {import("./thread.js").Conversation} Conversation */

/** Inboxes and members by name, to narrow by. */
function useChoices() {
  const { data } = useLoad(async (signal) => {
    const [inboxes, members] = await Promise.all(["/inboxes", "/members"].map((path) => api.get(path, { query: { limit: 500 }, signal })));
    const options = (/** @type {any} */ page) => page.items.map((/** @type {any} */ { id, name }) => ({ value: id, label: name }));
    return { inboxes: options(inboxes), members: options(members) };
  }, []);
  return data ?? { inboxes: [], members: [] };
}

/** The list with its filters, and with a conversation opened beside it.
 * @param {Record<string, string|undefined>} asked @param {string} [open] */
function pathOf({ inbox, assignee }, open) {
  const pairs = /** @type {[string, string][]} */ (Object.entries({ inbox, assignee, open }).filter(([, value]) => value));
  return `/conversations${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ""}`;
}

/** One of them in the list.
 * @param {{conversation: Conversation, isNow: boolean, to: string}} props */
function TalkLine({ conversation, isNow, to }) {
  const { state, contact_name: name, inbox, assignee, updated_at: at } = conversation;
  return html`<li><${Link} class=${classes("links-row", { now: isNow })} to=${to} aria-current=${isNow ? "page" : undefined}>
    <${Dot} tone=${state === "open" ? "ok" : "idle"} label=${state === "open" ? "Open" : "Closed"} />
    <span class="links-main"><span class="fit">${name ?? "Contact"}</span>
      <span class="links-sub fit">${inbox.name || "Removed inbox"} · ${assignee ? assignee.name || "removed member" : "nobody assigned"}</span></span>
    <${Ago} at=${at} /><//></li>`;
}

/** The page of conversations, with or without one of them.
 * @param {{params: Record<string, string>}} props */
export default function ConversationsPage({ params }) {
  const { query: asked, setQuery } = useRoute();
  const choices = useChoices();
  const pages = usePages("/conversations", { inbox: asked.inbox, assignee: asked.assignee, limit: 50 });
  const set = (/** @type {string} */ key) => (/** @type {string} */ value) => setQuery({ [key]: value || undefined });
  const isNarrowed = Boolean(asked.inbox || asked.assignee);
  const isEmpty = !pages.loading && !pages.error && pages.items.length === 0 && !pages.hasMore;
  const id = params.id ?? asked.open;
  const back = id ? { to: pathOf(asked), label: "Conversations" } : undefined;
  return html`<${Page} title="Conversations" class=${id ? "talks-one" : ""} back=${back} tabs=${html`<${ContactTabs} at="/conversations" />`}>
    ${isEmpty && !isNarrowed && !id
      ? html`<${Empty} icon="message-square" title="No conversations yet"
          text="One begins for each inbox and contact with the first message that an automation sends or a contact writes." />`
      : html`<div class="talks">
        <div class="talks-list">
          <${Filters} active=${isNarrowed} onClear=${() => setQuery({ inbox: undefined, assignee: undefined })}>
            <${FilterSelect} label="Inbox" all="Any inbox" options=${choices.inboxes} value=${asked.inbox} onChange=${set("inbox")} />
            <${FilterSelect} label="Assignee" all="Any assignee" options=${choices.members} value=${asked.assignee} onChange=${set("assignee")} />
          <//>
          ${pages.error && html`<${ErrorBox} error=${pages.error} retry=${pages.reload} />`}
          ${isEmpty && html`<p class="unset card-pad">No conversation is like that.</p>`}
          ${pages.loading && pages.items.length === 0 && html`<div class="card-pad"><${Skeleton} lines=${6} /></div>`}
          ${pages.items.length > 0 && html`<ul class="link-list">${/** @type {Conversation[]} */ (pages.items).map((conversation) => html`<${TalkLine}
            key=${conversation.id} conversation=${conversation} isNow=${conversation.id === id} to=${pathOf(asked, conversation.id)} />`)}</ul>`}
          ${pages.hasMore && html`<div class="table-more"><${Button} kind="quiet" busy=${pages.loading} onClick=${pages.more}>Show more<//></div>`}
        </div>
        ${id ? html`<${Thread} key=${id} id=${id} />` : html`<div class="thread thread-none"><${Empty} icon="message-square" title="Choose a conversation"
          text="Its messages stand here, with what became of each." /></div>`}
      </div>`}
  <//>`;
}
