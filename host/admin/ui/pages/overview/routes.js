/** The page of the overview. */
export const routes = [
  { path: "/", title: "Overview", load: () => import("./overview.js") },
];
