/** What a list is called: asked when it is made, and when it is to be called otherwise. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { Button } from "../../views/button.js";
import { Dialog } from "../../views/dialog.js";
import { ErrorBox } from "../../views/empty.js";
import { Field, Input } from "../../views/field.js";

/** @typedef {import("./membership.js").List} List */

/** @param {{list?: List, close: () => void, done: (list: List) => void}} props */
export function ListName({ list, close, done }) {
  const [name, setName] = useState(list?.name ?? "");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      const body = { name: name.trim() };
      done(await (list ? api.patch(`/lists/${list.id}`, body) : api.post("/lists", body)));
      close();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const fault = error?.faults?.find((/** @type {any} */ { at }) => at === "name")?.message;
  const hint = list ? "Steps name it by this. Live automations that do are paused first, and saved with the new name before they go live again." : "Automations name it by this";
  return html`<${Dialog} title=${list ? `Rename ${list.name}` : "New list"} onClose=${close} onSubmit=${submit} actions=${[
    html`<${Button} onClick=${close}>Cancel<//>`,
    html`<${Button} kind="primary" type="submit" busy=${busy} disabled=${!name.trim() || name.trim() === list?.name}>${list ? "Rename" : "Make list"}<//>`,
  ]}>
    <${Field} label="Name" error=${fault} hint=${hint}>${(/** @type {any} */ field) => html`<${Input} ...${field}
      value=${name} onInput=${setName} autofocus autocomplete="off" maxlength="100" />`}<//>
    ${error && !fault && html`<${ErrorBox} error=${error} />`}
  <//>`;
}
