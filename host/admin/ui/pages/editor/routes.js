/** The page of one automation: its editor. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [{ path: "/automations/:id", title: "Automation", load: () => import("./editor.js") }];
