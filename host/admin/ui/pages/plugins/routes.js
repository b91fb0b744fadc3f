/** The routes of plugins. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/plugins", title: "Plugins", load: () => import("./list.js") },
  { path: "/plugins/upload", title: "Upload a plugin", load: () => import("./upload.js") },
  { path: "/plugins/:id", title: "Plugin", load: () => import("./version.js") },
];
