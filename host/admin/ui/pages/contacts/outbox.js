/** The outbox: what waits to be sent, and what somebody has to decide about. */
import { html, useState } from "../../core/html.js";
import { useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { usePages } from "../../core/load.js";
import { Ago } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Empty } from "../../views/empty.js";
import { Page } from "../../views/page.js";
import { Rows } from "../runs/rows.js";
import { DecideMenu, decide, isUndecided } from "./decide.js";
import { ContactTabs } from "./tabs.js";

/** @typedef {import("./thread.js").Message} Message */

/** The looks at it: by the word in the address, what is asked and what is said when there is nothing. */
const LOOKS = [
  {
    key: "", label: "Waiting to be sent", query: { outbox: "true" }, title: "The outbox is empty",
    text: "Everything that was committed has left. Messages wait here for their time, for quiet hours to end, and for another attempt.",
  },
  {
    key: "unknown", label: "Unknown", query: { state: "unknown" }, title: "Nothing is in doubt",
    text: "A message comes here when its channel gave no clear answer, so that nobody knows whether it was sent.",
  },
  {
    key: "failed", label: "Failed", query: { state: "failed" }, title: "No message failed",
    text: "A message comes here when its channel refused it, or when it was tried as often as allowed.",
  },
  {
    key: "suppressed", label: "Suppressed", query: { state: "suppressed" }, title: "Nothing was suppressed",
    text: "Messages to whoever opted out or is blocked are recorded here and never leave.",
  },
];

/** Why it is where it is. @param {{message: Message}} props */
function Why({ message }) {
  const due = message.due_at && ["queued", "held"].includes(message.state);
  return html`<span class="fit">${due && html`<span class="muted">due <${Ago} at=${message.due_at} /></span> `}${message.reason ?? ""}${
    message.attempts > 1 ? ` · ${message.attempts} attempts` : ""}</span>`;
}

/** @typedef {import("../runs/rows.js").Column<Message>} Column */

/** What is shown of each. @type {Column[]} */
const COLUMNS = [
  { key: "state", title: "State", width: "112px", cell: (message) => html`<${StateBadge} state=${message.state} />` },
  { key: "to", title: "To", width: "minmax(120px, 1fr)", cell: (message) => html`<span class="fit">${message.contact_name ?? "Contact"}</span>` },
  { key: "inbox", title: "Inbox", width: "minmax(80px, .6fr)", wide: true, cell: (message) => html`<span class="fit">${message.inbox.name || "Removed inbox"}</span>` },
  { key: "body", title: "Message", width: "minmax(0, 2fr)", second: true, cell: (message) => html`<span class="fit">${message.body.slice(0, 300)}</span>` },
  { key: "why", title: "Reason", width: "minmax(0, 1.6fr)", wide: true, cell: (message) => html`<${Why} message=${message} />` },
  { key: "when", title: "Committed", width: "104px", end: true, second: true, cell: (message) => html`<${Ago} at=${message.created_at} />` },
];

/** What can be decided about each. @param {() => void} decided @returns {Column} */
const deciding = (decided) => ({
  key: "act", title: "Decide", hideTitle: true, width: "40px", end: true,
  cell: (message) => isUndecided(message) && html`<${DecideMenu} message=${message} decided=${decided} />`,
});

/** What a message is called. @param {Message} message */
const titleOf = (message) => `Message, ${message.state}: ${message.body.slice(0, 60)}`;

/** The page of the outbox. */
export default function OutboxPage() {
  const session = useSession();
  const { query: asked, setQuery } = useRoute();
  const look = LOOKS.find(({ key }) => key === (asked.state ?? "")) ?? LOOKS[0];
  const pages = usePages("/messages", { ...look.query, limit: 100 });
  const messages = /** @type {Message[]} */ (pages.items);
  const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
  const [busy, setBusy] = useState(false);
  const mayDecide = session.can("editor") && ["unknown", "failed"].includes(look.key);
  const here = messages.filter(({ id }) => picked.has(id));
  const control = {
    has: (/** @type {string} */ id) => picked.has(id),
    toggle: (/** @type {string[]} */ ids, /** @type {boolean} */ on) => {
      const next = new Set(picked);
      for (const id of ids) on ? next.add(id) : next.delete(id);
      setPicked(next);
    },
    all: messages.length > 0 && here.length === messages.length,
    some: here.length > 0,
    toggleAll: () => setPicked(here.length === messages.length ? new Set() : new Set(messages.map(({ id }) => id))),
  };
  const all = (/** @type {import("./decide.js").Decision} */ decision) => async () => {
    setBusy(true);
    await decide(here.map(({ id }) => id), decision);
    setBusy(false);
    setPicked(new Set());
    pages.reload();
  };
  const choose = (/** @type {string} */ key) => {
    setPicked(new Set());
    setQuery({ state: key || undefined });
  };
  const isEmpty = !pages.loading && !pages.error && messages.length === 0 && !pages.hasMore;
  return html`<${Page} title="Outbox" lead="What waits here cannot be stopped one by one: it is suppressed when its contact opts out or is blocked before it is due." tabs=${html`<${ContactTabs} at="/outbox" />`}
    actions=${html`<${Button} icon="refresh-cw" busy=${pages.loading && messages.length > 0} onClick=${pages.reload}>Refresh<//>`}>
    <div class="outbox-looks" role="group" aria-label="Which messages">${LOOKS.map(({ key, label }) => html`<button key=${key} type="button"
      class="outbox-look" aria-pressed=${key === look.key} onClick=${() => choose(key)}>${label}</button>`)}</div>
    ${isEmpty
      ? html`<${Empty} icon="mail" title=${look.title} text=${look.text} />`
      : html`<${Rows} label=${look.label} columns=${mayDecide ? [...COLUMNS, deciding(pages.reload)] : COLUMNS} title=${titleOf}
          href=${(/** @type {Message} */ message) => `/conversations/${message.conversation}`} pages=${pages} picked=${mayDecide ? control : undefined} />`}
    ${here.length > 0 && html`<div class="picked-bar" role="region" aria-label="What is selected"><strong>${plural(here.length, "message")}</strong>
      <${Button} kind="primary" busy=${busy} onClick=${all("send")}>Send again<//><${Button} disabled=${busy} onClick=${all("sent")}>Were sent<//>
      ${look.key === "unknown" && html`<${Button} disabled=${busy} onClick=${all("failed")}>Were not sent<//>`}
      <${Button} kind="quiet" onClick=${() => setPicked(new Set())}>Clear<//></div>`}
  <//>`;
}
