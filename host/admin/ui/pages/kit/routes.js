/** The hidden page that shows every view in its states. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [{ path: "/kit", title: "Kit", load: () => import("./kit.js"), hidden: true, bare: true }];
