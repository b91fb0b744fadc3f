/** The pages of automations: the list; `new` is the list with the dialog that makes one. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/automations", title: "Automations", load: () => import("./list.js") },
  { path: "/automations/new", title: "New automation", load: () => import("./list.js") },
];
