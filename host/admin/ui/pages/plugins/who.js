/** Who did something, as the API names them: the host itself, oneself, a user by their name where one may know it, a token. */
import { api } from "../../core/api.js";
import { html, useEffect } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { createStore, useStore } from "../../core/store.js";

/** The names of users by their ids, of the workspace that they were read for. */
const known = createStore({ workspace: "", names: /** @type {Record<string, string>} */ ({}) });

/**
 * Reads the names once for a workspace.
 * @param {string} workspace
 */
async function readNames(workspace) {
  known.set({ workspace, names: {} });
  try {
    const { items } = await api.get("/users", { query: { limit: 1_000 } });
    const names = Object.fromEntries(items.map((/** @type {import("api").Schemas["User"]} */ one) => [one.id, one.name]));
    if (known.get().workspace === workspace) known.set({ workspace, names });
  } catch {
    // Ids say it too; the next page asks again.
    known.set({ workspace: "", names: {} });
  }
}

/** @param {{by: string}} props */
export function Who({ by }) {
  const { me, can, workspace } = useSession();
  const { names } = useStore(known);
  const mayKnow = can("owner");
  useEffect(() => {
    if (mayKnow && workspace && known.get().workspace !== workspace.id) readNames(workspace.id);
  }, [mayKnow, workspace?.id]);
  if (by === "host") return html`<span>the host</span>`;
  const [who, token] = by.split(" with ");
  const name = who === me?.user?.id ? "you" : names[who];
  if (name) return html`<span title=${by}>${name}${token ? ", by a token" : ""}</span>`;
  return html`<code class="nowrap" title=${by}>${token ? `${short(who)} with ${short(token)}` : short(who)}</code>`;
}

/** An id by its kind and its end, which differs most. @param {string} id */
function short(id) {
  return id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}
