/** Who did something, as the API names them: the host itself, oneself, a user, a token. */
import { html } from "../../core/html.js";
import { useSession } from "../../core/session.js";

/** @param {{by: string}} props */
export function Who({ by }) {
  const { me } = useSession();
  if (by === "host") return html`<span>the host</span>`;
  const [who, token] = by.split(" with ");
  if (me?.user && who === me.user.id) return html`<span title=${by}>you${token ? ", by a token" : ""}</span>`;
  return html`<code class="break" title=${by}>${by}</code>`;
}
