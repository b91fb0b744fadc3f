/** The routes of settings. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/settings", title: "Settings", load: () => import("./workspace.js") },
  { path: "/settings/workspace", title: "Workspace", load: () => import("./workspace.js") },
  { path: "/settings/fields", title: "Contact fields", load: () => import("./fields.js") },
  { path: "/settings/inboxes", title: "Inboxes", load: () => import("./inboxes.js") },
  { path: "/settings/inboxes/:id", title: "Inbox", load: () => import("./inbox.js") },
  { path: "/settings/members", title: "Members", load: () => import("./members.js") },
  { path: "/settings/templates", title: "Templates", load: () => import("./templates.js") },
  { path: "/settings/users", title: "Users", load: () => import("./users.js") },
  { path: "/settings/tokens", title: "API tokens", load: () => import("./tokens.js") },
  { path: "/settings/secrets", title: "Plugin secrets", load: () => import("./secrets.js") },
  { path: "/settings/retention", title: "Retention and limits", load: () => import("./retention.js") },
  { path: "/settings/audit", title: "Audit log", load: () => import("./audit.js") },
];
