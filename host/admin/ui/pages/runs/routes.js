/** The addresses of runs, dead letters and captures. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/runs", title: "Runs", load: () => import("./list.js") },
  { path: "/runs/failed", title: "Dead letters", load: () => import("./dead.js") },
  { path: "/runs/:id", title: "Run", load: () => import("./run.js") },
  { path: "/captures", title: "Captures", load: () => import("./captures.js") },
  { path: "/captures/:id", title: "Capture", load: () => import("./capture.js") },
];
