/** The page of the overview. */
import { loadCharts } from "../../core/files.js";

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/", title: "Overview", load: () => import("./overview.js"), ahead: loadCharts },
];
