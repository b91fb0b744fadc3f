/** The log-in. Whoever came for another page is led there after it, because the address stays as it is. */
import { api } from "../core/api.js";
import { html, useEffect, useState } from "../core/html.js";
import { isUnsaved, navigate, place } from "../core/router.js";
import { begin, forget } from "../core/session.js";
import { useNow } from "../core/time.js";
import { Button } from "../views/button.js";
import { Dialog } from "../views/dialog.js";
import { Notice } from "../views/empty.js";
import { Field, Form, Input } from "../views/field.js";
import { Gate } from "./gate.js";

/** The page itself, for those who want it by its name. */
export const loginPath = "/login";

/** The page. */
export function Login() {
  const [isNew, setIsNew] = useState(false);
  useEffect(() => {
    api.get("/setup", { quiet: true }).then((setup) => setIsNew(setup.needed), () => setIsNew(false));
  }, []);
  const done = async (/** @type {any} */ me) => {
    if (place.get().path === loginPath) await navigate("/", { replace: true });
    begin(me);
  };
  return html`<${Gate} title="Log in" lead=${isNew ? null : "With the e-mail and the password of your user."}>
    ${isNew && html`<${Notice} tone="info" title="Hookbox has no user yet">
      <p>The program printed a set-up link when it started: open it to make the first user. A new link is printed at each start.</p>
    <//>`}
    <${Credentials} onDone=${done} />
  <//>`;
}

/** Above what somebody was at when their session ran out, so that nothing of it is lost. @param {{ email: string, onDone: (me: any) => void }} props */
export function LoginAgain({ email, onDone }) {
  const unsaved = isUnsaved();
  const lead = unsaved ? "Log in again: what you were at, and did not save yet, is still here." : "Log in again: what you were at is still here.";
  const leave = html`<${Button} kind="quiet" onClick=${forget}>${unsaved ? "Give up what is not saved" : "Leave"}<//>`;
  // Neither Escape nor a click beside it says that somebody gives that up.
  return html`<${Dialog} title="Your session has ended" lead=${lead} firm onClose=${forget} actions=${leave}>
    <${Credentials} email=${email} onDone=${onDone} />
  <//>`;
}

/** E-mail and password. @param {{ email?: string, onDone: (me: any) => void }} props */
function Credentials({ email: known = "", onDone }) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [until, setUntil] = useState(0);
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await onDone(await api.post("/session", { email, password }, { quiet: true }));
    } catch (/** @type {any} */ refused) {
      setUntil(refused.retry_after ? Date.now() + refused.retry_after * 1000 : 0);
      setError(refused);
      setBusy(false);
    }
  };
  const action = html`<${Submit} until=${until} busy=${busy} />`;
  return html`<${Form} onSubmit=${submit} busy=${busy} error=${told(error)} actions=${action}>
    <${Field} label="E-mail">${(/** @type {any} */ field) => html`<${Input} ...${field} type="email" name="email" autocomplete="username" autofocus=${!known} required value=${email} onInput=${setEmail} />`}<//>
    <${Field} label="Password" hint="Forgotten? An owner of your workspace can make you a new link.">
      ${(/** @type {any} */ field) => html`<${Input} ...${field} type="password" name="password" autocomplete="current-password" autofocus=${Boolean(known)} required value=${password} onInput=${setPassword} />`}
    <//>
  <//>`;
}

/** The button, and how long to wait where the host says so. @param {{ until: number, busy: boolean }} props */
function Submit({ until, busy }) {
  const left = Math.ceil((until - useNow(500)) / 1000);
  return html`<${Button} kind="primary" type="submit" busy=${busy} disabled=${left > 0} class="gate-submit">${left > 0 ? `Wait ${left} s` : "Log in"}<//>`;
}

/** @param {any} error */
function told(error) {
  if (error?.status === 401) return { detail: "The e-mail or the password is not right." };
  return error;
}
