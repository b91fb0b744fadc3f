/** The ways through this area: contacts, lists, conversations, outbox. */
import { html } from "../../core/html.js";
import { Tabs } from "../../views/tabs.js";

const ITEMS = [
  { value: "/contacts", label: "Contacts", to: "/contacts" },
  { value: "/lists", label: "Lists", to: "/lists" },
  { value: "/conversations", label: "Conversations", to: "/conversations" },
  { value: "/outbox", label: "Outbox", to: "/outbox" },
];

/** @param {{at: "/contacts"|"/lists"|"/conversations"|"/outbox"}} props */
export function ContactTabs({ at }) {
  return html`<${Tabs} items=${ITEMS} value=${at} label="Contacts, lists, conversations and the outbox" />`;
}
