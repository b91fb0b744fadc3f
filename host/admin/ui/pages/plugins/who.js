/** Who did something, as the API names them: the host itself, oneself, a user, a token. */
import { html } from "../../core/html.js";
import { useSession } from "../../core/session.js";

/** @param {{by: string}} props */
export function Who({ by }) {
  const { me } = useSession();
  if (by === "host") return html`<span>the host</span>`;
  const [who, token] = by.split(" with ");
  if (me?.user && who === me.user.id) return html`<span title=${by}>you${token ? ", by a token" : ""}</span>`;
  return html`<code class="nowrap" title=${by}>${token ? `${short(who)} with ${short(token)}` : short(who)}</code>`;
}

/** An id by its kind and its end, which differs most. @param {string} id */
function short(id) {
  return id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}
