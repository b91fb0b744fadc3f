/** One's own API tokens, as on the profile: settings is where they are looked for too. */
import { html } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { Tokens } from "../account/tokens.js";
import { SettingsPage } from "./shell.js";

const LEAD = "For scripts and the command line. A token may do what you may, at most what its scope says, until it ends.";

export default function TokensPage() {
  const { me } = useSession();
  return html`<${SettingsPage} title="API tokens" lead=${LEAD}>${me && html`<${Tokens} me=${me} />`}<//>`;
}
