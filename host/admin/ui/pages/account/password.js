/** A new password, typed once and shown on demand: what it needs is said while it is typed. */
import { html, useState } from "../../core/html.js";
import { Button } from "../../views/button.js";
import { Field, Input } from "../../views/field.js";

/** What the host asks of a password. */
export const PASSWORD = { charsMin: 12, bytesMax: 200 };

/**
 * What is wrong with a password, or nothing.
 * @param {string} password
 * @param {string} [email]
 * @returns {string | null}
 */
export function faultOf(password, email = "") {
  if ([...password].length < PASSWORD.charsMin) return `At least ${PASSWORD.charsMin} characters.`;
  if (new TextEncoder().encode(password).length > PASSWORD.bytesMax) return `At most ${PASSWORD.bytesMax} bytes.`;
  if (email && password.toLowerCase() === email.toLowerCase()) return "Not the e-mail.";
  return null;
}

/** @param {{ label?: string, value: string, onInput: (text: string) => void, error?: any }} props */
export function NewPassword({ label = "New password", value, onInput, error }) {
  const [shown, setShown] = useState(false);
  const left = PASSWORD.charsMin - [...value].length;
  const hint = left > 0 ? `At least ${PASSWORD.charsMin} characters${value ? `: ${left} more` : ""}. A few words are easier to keep than signs.` : "Long enough.";
  const show = html`<${Button} kind="quiet" small icon=${shown ? "eye-off" : "eye"} label=${shown ? "Hide the password" : "Show the password"} onClick=${() => setShown(!shown)} />`;
  return html`<${Field} label=${label} hint=${hint} error=${error} required>
    ${(/** @type {any} */ field) => html`<${Input} ...${field} type=${shown ? "text" : "password"} autocomplete="new-password" value=${value} onInput=${onInput} suffix=${show} class="control-with-button" />`}
  <//>`;
}
