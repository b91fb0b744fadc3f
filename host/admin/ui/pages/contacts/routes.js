/** The addresses of contacts, lists, conversations and the outbox. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/contacts", title: "Contacts", load: () => import("./list.js") },
  { path: "/contacts/:id", title: "Contact", load: () => import("./contact.js") },
  { path: "/lists", title: "Lists", load: () => import("./lists.js") },
  { path: "/lists/:id", title: "List", load: () => import("./one-list.js") },
  { path: "/conversations", title: "Conversations", load: () => import("./conversations.js") },
  { path: "/conversations/:id", title: "Conversation", load: () => import("./conversations.js") },
  { path: "/outbox", title: "Outbox", load: () => import("./outbox.js") },
];
