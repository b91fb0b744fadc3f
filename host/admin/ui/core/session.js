/** Who is logged in, and in which workspace they work. The workspace of each request comes from here. */
import { api, signedOut, useWorkspaceInRequests } from "./api.js";
import { rests } from "./presence.js";
import { createStore, useStore } from "./store.js";

/** Roles from the least to the most. */
export const ROLES = /** @type {const} */ (["viewer", "editor", "admin", "owner"]);

/** @typedef {typeof ROLES[number]} Role */

/** @typedef {{ id: string, name: string, role: Role }} Place */

/**
 * What `GET /me` answers.
 * @typedef {object} Me
 * @property {{ id: string, email: string, name: string } | null} user
 * @property {boolean} operator
 * @property {Place[]} role_by_workspace
 * @property {string | null} token
 * @property {{ expires_at: string } | null} session
 */

/**
 * `unknown` until the host was asked; `nobody` leads to the log-in page. When the session of `somebody` runs out it is `ended`: what
 * they were at stays, and they are asked for their password above it.
 * @typedef {{ state: "unknown" | "nobody" | "somebody" | "ended" | "failed", me: Me | null, workspace: Place | null, error: any }} Session
 */

/** Where the choice of a workspace is kept from one visit to the next. */
const CHOICE = "hookbox-workspace";

/** @type {Session} */
const NOBODY = { state: "nobody", me: null, workspace: null, error: null };

/** The session, for the shell. @type {import("./store.js").Store<Session>} */
export const session = createStore(/** @type {Session} */ ({ ...NOBODY, state: "unknown" }));

// Before anybody who watches the session asks for something.
session.watch(({ state }) => rests.set(state === "ended"));

signedOut.watch(() => {
  const { state } = session.get();
  if (state === "somebody") session.set({ ...session.get(), state: "ended" });
  else if (state !== "ended") session.set(NOBODY);
});

/** How often it is seen whether the session still stands, in milliseconds. */
const LOOK_MS = 60_000;

/** Looks whether the session still stands: a page that asks for nothing by itself would show all it has to whoever comes by later. */
async function look() {
  if (document.hidden || session.get().state !== "somebody") return;
  try {
    await api.get("/me");
  } catch {
    // A 401 is told to whoever watches; after anything else the next look may find the host again.
  }
}
setInterval(look, LOOK_MS);
document.addEventListener("visibilitychange", look);

/** Asks the host who we are. */
export async function readSession() {
  try {
    begin(await api.get("/me", { quiet: true }));
  } catch (/** @type {any} */ error) {
    session.set(error.status === 401 ? NOBODY : { ...NOBODY, state: "failed", error });
  }
}

/**
 * Takes what `/me`, a log-in or a set-up answered.
 * @param {Me} me
 */
export function begin(me) {
  const chosen = window.localStorage.getItem(CHOICE);
  const places = me.role_by_workspace;
  const workspace = places.find((place) => place.id === chosen) ?? places[0] ?? null;
  useWorkspaceInRequests(workspace?.id ?? "");
  session.set({ state: "somebody", me, workspace, error: null });
}

/**
 * Works in another workspace from now on.
 * @param {string} id
 */
export function chooseWorkspace(id) {
  window.localStorage.setItem(CHOICE, id);
  const { me } = session.get();
  if (me) begin(me);
}

/** Ends the session, here and at the host. */
export async function signOut() {
  await api.delete("/session", { quiet: true });
  forget();
}

/** From now on nobody is logged in here, whatever the host knows. */
export function forget() {
  session.set(NOBODY);
}

/**
 * Whether a role suffices where another is needed.
 * @param {Role | null} role
 * @param {Role} needed
 * @returns {boolean}
 */
export function suffices(role, needed) {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/**
 * The session in a page, which is shown only to somebody. `role` is the one in the workspace; an operator has the
 * highest everywhere.
 */
export function useSession() {
  const { me, workspace } = useStore(session);
  /** @type {Role | null} */
  const role = me?.operator ? "owner" : (workspace?.role ?? null);
  return { me, workspace, role, can: (/** @type {Role} */ needed) => suffices(role, needed), chooseWorkspace, signOut };
}
