/** The pages of one's own: the set-up and an invitation, which need no log-in, and the profile. */

/** @type {import("../../core/router.js").Page[]} */
export const routes = [
  { path: "/setup", title: "Set up", load: () => import("./setup.js"), bare: true, hidden: true },
  { path: "/invite", title: "Invitation", load: () => import("./invite.js"), bare: true, hidden: true },
  { path: "/profile", title: "Profile and tokens", load: () => import("./profile.js") },
];
