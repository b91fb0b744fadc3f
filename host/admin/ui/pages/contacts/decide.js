/** What somebody can decide about messages that failed or of which nobody knows whether they were sent. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { plural } from "../../core/words.js";
import { confirm } from "../../views/dialog.js";
import { Menu } from "../../views/menu.js";
import { failed, toast } from "../../views/toast.js";

/** @typedef {"send"|"sent"|"failed"} Decision */

/** @typedef {import("./thread.js").Message} Message */

/** Whether anything can be decided about it. @param {Message} message */
export const isUndecided = (message) => message.direction === "outgoing" && ["failed", "unknown"].includes(message.state);

/** Decides about messages, one after the other; says what came of it.
 * @param {string[]} ids @param {Decision} decision @returns {Promise<number>} how many could be decided about */
export async function decide(ids, decision) {
  if (decision === "send") {
    const sure = await confirm({
      title: ids.length === 1 ? "Send the message again?" : `Send ${plural(ids.length, "message")} again?`,
      text: "It has the same id as before, so that a channel that knows it can leave it out. One that does not may bring it twice.",
      confirm: "Send again",
    });
    if (!sure) return 0;
  }
  let done = 0;
  try {
    for (const id of ids) {
      await api.post(`/messages/${id}/decision`, { decision });
      done += 1;
    }
    const words = { send: "back in the outbox", sent: "noted as sent", failed: "noted as not sent" }[decision];
    toast(`${plural(done, "message is", "messages are")} ${words}`);
  } catch (error) {
    failed(error);
  }
  return done;
}

/** The decisions about one message.
 * @param {{message: Message, decided: () => void}} props */
export function DecideMenu({ message, decided }) {
  const [busy, setBusy] = useState(false);
  const choose = (/** @type {Decision} */ decision) => async () => {
    setBusy(true);
    if ((await decide([message.id], decision)) > 0) decided();
    setBusy(false);
  };
  const items = [
    { label: "Send again", icon: "rotate-ccw", onClick: choose("send") },
    { label: "It was sent", icon: "check", onClick: choose("sent") },
    message.state === "unknown" && { label: "It was not sent", icon: "x", onClick: choose("failed") },
  ].map((item) => item && { ...item, disabled: busy });
  return html`<${Menu} label="Decide" items=${items} small />`;
}
