/** The first user, by the link that the program printed when it started. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { navigate } from "../../core/router.js";
import { begin } from "../../core/session.js";
import { Gate } from "../../shell/gate.js";
import { Button } from "../../views/button.js";
import { ErrorBox, Notice, Skeleton } from "../../views/empty.js";
import { Field, Form, Input } from "../../views/field.js";
import { useLinkSecret } from "./once.js";
import { faultOf, NewPassword } from "./password.js";

/** The page. */
export default function Setup() {
  const token = useLinkSecret();
  const setup = useLoad((signal) => api.get("/setup", { signal, quiet: true }), []);
  const login = html`<${Button} to="/login">Log in<//>`;
  if (setup.error) return html`<${Gate} title="Set up"><${ErrorBox} error=${setup.error} retry=${setup.reload} /><//>`;
  if (!setup.data) return html`<${Gate} title="Set up"><${Skeleton} lines=${4} /><//>`;
  if (!setup.data.needed) {
    return html`<${Gate} title="Set up"><${Notice} tone="ok" title="This host is set up already" actions=${login}><p>Further users are invited by an owner, under Settings → Users.</p><//><//>`;
  }
  if (!token) {
    return html`<${Gate} title="Set up"><${Notice} tone="warn" title="This address is not the whole link">
      <p>Open the link that the program printed when it started, with all that stands after <code>#</code>. A new one is printed at each start.</p>
    <//><//>`;
  }
  return html`<${First} token=${token} />`;
}

/** @param {{ token: string }} props */
function First({ token }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const faults = { email: /.+@.+/.test(email) ? null : "An e-mail address.", password: faultOf(password, email) };
  const submit = async () => {
    setTried(true);
    if (faults.email || faults.password) return;
    setBusy(true);
    try {
      const me = await api.post("/setup", { token, email, name, password }, { quiet: true });
      await navigate("/", { replace: true });
      begin(me);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const action = html`<${Button} kind="primary" type="submit" busy=${busy} class="gate-submit">Make the first user<//>`;
  return html`<${Gate} title="Welcome to Hookbox" lead="The first user may do everything, in every workspace. You can invite others later.">
    <${Form} onSubmit=${submit} busy=${busy} error=${error} actions=${action}>
      <${Field} label="Your name">${(/** @type {any} */ field) => html`<${Input} ...${field} autocomplete="name" autofocus value=${name} onInput=${setName} />`}<//>
      <${Field} label="E-mail" required error=${tried && faults.email} hint="What you log in with. Nothing is sent to it.">
        ${(/** @type {any} */ field) => html`<${Input} ...${field} type="email" autocomplete="username" value=${email} onInput=${setEmail} />`}
      <//>
      <${NewPassword} label="Password" value=${password} onInput=${setPassword} error=${tried && faults.password} />
    <//>
  <//>`;
}
