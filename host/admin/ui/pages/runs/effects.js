/** What a step changed, one line for each effect, in words. */
import { html } from "../../core/html.js";
import { Icon } from "../../views/icon.js";
import { Moment } from "../../core/time.js";

/** @typedef {import("./shapes.js").Effect} Effect */

/** A value as text: texts as they are, everything else as JSON. @param {unknown} value */
export function told(value) {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "nothing";
}

/** Icon and words of each kind but messages.
 * @param {Exclude<Effect, {kind: "send"}>} effect
 * @returns {{icon: import("../../views/icon.js").IconName, verb: string, what: unknown, rest?: unknown}} */
function words(effect) {
  switch (effect.kind) {
    case "set-field":
      return { icon: "pencil", verb: "Set", what: effect.name, rest: html`to <q class="effect-value">${told(effect.value)}</q>` };
    case "clear-field":
      return { icon: "pencil", verb: "Emptied", what: effect.name };
    case "add-tag":
      return { icon: "hash", verb: "Tagged", what: effect.tag };
    case "remove-tag":
      return { icon: "hash", verb: "Took the tag away:", what: effect.tag };
    case "add-to-list":
      return { icon: "list", verb: "Added to list", what: effect.list };
    case "remove-from-list":
      return { icon: "list", verb: "Taken off list", what: effect.list };
    case "assign":
      return { icon: "user", verb: "Assigned to", what: effect.to };
    case "unassign":
      return { icon: "user", verb: "Assigned to", what: "nobody" };
    case "close":
      return { icon: "check", verb: "Closed", what: "the conversation" };
    case "reopen":
      return { icon: "inbox", verb: "Opened", what: "the conversation again" };
    case "add-note":
      return { icon: "pencil", verb: "Noted", what: "", rest: html`<q class="effect-value">${effect.body}</q>` };
    default:
      // One that this page does not know yet is shown as it came.
      return { icon: "zap", verb: "Did", what: told(effect) };
  }
}

/** One effect.
 * @param {{effect: Effect}} props */
export function EffectLine({ effect }) {
  if (effect.kind === "send") return html`<${Sent} effect=${effect} />`;
  const { icon, verb, what, rest } = words(effect);
  return html`<li class="effect">
    <${Icon} name=${icon} /><span class="effect-text">${verb} ${what && html`<strong>${what}</strong>`} ${rest}</span>
  </li>`;
}

/** A message that was put in the outbox, or recorded as suppressed.
 * @param {{effect: Extract<Effect, {kind: "send"}>}} props */
function Sent({ effect }) {
  return html`<li class="effect effect-send">
    <${Icon} name="message-square" />
    <span class="effect-text">
      <span>Message${effect.inbox ? html` from <strong>${effect.inbox}</strong>` : ""}${effect.send_at
        ? html`, not before <${Moment} at=${effect.send_at} />` : ""}</span>
      <span class="effect-bubble">${effect.body}</span>
      ${effect.media.map((file, at) => html`<span key=${at} class="effect-media">${file.content_type} · ${file.url}</span>`)}
    </span>
  </li>`;
}

/** All effects of a step.
 * @param {{effects: Effect[]}} props */
export function Effects({ effects }) {
  return html`<ul class="effects">${effects.map((effect, at) => html`<${EffectLine} key=${at} effect=${effect} />`)}</ul>`;
}
