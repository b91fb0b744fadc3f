/** An invitation, or a new password: the link that an owner handed over. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { navigate } from "../../core/router.js";
import { begin } from "../../core/session.js";
import { Gate } from "../../shell/gate.js";
import { Button } from "../../views/button.js";
import { Notice } from "../../views/empty.js";
import { Field, Form, Input } from "../../views/field.js";
import { useLinkSecret } from "./once.js";
import { faultOf, NewPassword } from "./password.js";

/** The page. */
export default function Invite() {
  const token = useLinkSecret();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  if (!token) {
    return html`<${Gate} title="Invitation"><${Notice} tone="warn" title="This address is not the whole link">
      <p>Open the link that you were given, with all that stands after <code>#</code>.</p>
    <//><//>`;
  }
  const fault = faultOf(password);
  const submit = async () => {
    setTried(true);
    if (fault) return;
    setBusy(true);
    try {
      const me = await api.post("/invites/accept", { token, password, ...(name.trim() ? { name: name.trim() } : {}) }, { quiet: true });
      await navigate("/", { replace: true });
      begin(me);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const action = html`<${Button} kind="primary" type="submit" busy=${busy} class="gate-submit">Set the password and log in<//>`;
  return html`<${Gate} title="Choose a password" lead="The link counts once, and for seven days.">
    <${Form} onSubmit=${submit} busy=${busy} error=${error} actions=${action}>
      <${NewPassword} value=${password} onInput=${setPassword} error=${tried && fault} />
      <${Field} label="Your name" hint="What others see. Leave it empty to keep what there is.">
        ${(/** @type {any} */ field) => html`<${Input} ...${field} autocomplete="name" value=${name} onInput=${setName} />`}
      <//>
    <//>
  <//>`;
}
