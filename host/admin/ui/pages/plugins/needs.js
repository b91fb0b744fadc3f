/** What a version asks to be allowed: each need with its author's reason, decided about scope by scope. */
import { html } from "../../core/html.js";
import { Badge } from "../../views/badge.js";
import { Icon } from "../../views/icon.js";
import { capability, scopeText } from "./capabilities.js";
import { keyOf, share, withScopes } from "./choice.js";

/** @typedef {import("./data.js").Need} Need */

/**
 * The needs of a version. Without `onPick` they are only shown: what is granted, and what is not; without `picked` too, what is asked.
 * @param {{
 *   needs: Need[],
 *   picked?: ReadonlySet<string>,
 *   fresh?: ReadonlySet<string>,
 *   onPick?: (picked: ReadonlySet<string>) => void,
 * }} props `fresh`: the scopes that the active version may not have.
 */
export function Needs({ needs, picked, fresh, onPick }) {
  return html`<ul class="needs">
    ${needs.map((need) => html`<${OneNeed} need=${need} picked=${picked} fresh=${fresh} onPick=${onPick} />`)}
  </ul>`;
}

/** Nothing picked. @type {ReadonlySet<string>} */
const NOTHING = new Set();

/**
 * @param {{
 *   need: Need,
 *   picked?: ReadonlySet<string>,
 *   fresh?: ReadonlySet<string>,
 *   onPick?: (picked: ReadonlySet<string>) => void,
 * }} props
 */
function OneNeed({ need, picked: given, fresh, onPick }) {
  const picked = given ?? NOTHING;
  const { title, icon, leaves } = capability(need.capability);
  const known = share(picked, need);
  const isFresh = fresh !== undefined && need.scope.some((scope) => fresh.has(keyOf(need.capability, scope)));
  const set = (/** @type {string[]} */ scopes, /** @type {boolean} */ wanted) =>
    onPick?.(withScopes(picked, need, scopes, wanted));
  return html`<li class=${`need need-${known}`}>
    <div class="need-pick">
      ${onPick
        ? html`<${Whole} known=${known} label=${title} onChange=${(/** @type {boolean} */ on) => set(need.scope, on)} />`
        : html`<span class="need-mark"><${Icon} name=${!given ? "circle-help" : known === "none" ? "ban" : "check"} /></span>`}
    </div>
    <div class="need-body">
      <h3 class="need-title">
        <span class="need-what"><${Icon} name=${icon} /><span>${title}</span></span>
        <code class="need-name">${need.capability}</code>
        ${isFresh && html`<${Badge} tone="info">new<//>`}
        ${leaves && html`<${Badge} tone="warn">leaves this host<//>`}
      </h3>
      <ul class="scopes" aria-label=${`What for: ${title}`}>
        ${need.scope.map(
          (scope) => html`<li>
            <${Scope}
              text=${scopeText(need.capability, scope)}
              every=${scope === "*"}
              granted=${given ? picked.has(keyOf(need.capability, scope)) : undefined}
              onChange=${onPick && ((/** @type {boolean} */ on) => set([scope], on))}
            />
          </li>`,
        )}
      </ul>
      ${need.reason && html`<p class="need-reason">“${need.reason}”</p>`}
    </div>
  </li>`;
}

/**
 * The box for a whole need, half ticked when only some of it is picked.
 * @param {{known: "all" | "some" | "none", label: string, onChange: (on: boolean) => void}} props
 */
function Whole({ known, label, onChange }) {
  return html`<input
    type="checkbox"
    class="box"
    aria-label=${`Grant: ${label}`}
    checked=${known === "all"}
    indeterminate=${known === "some"}
    onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.checked)}
  />`;
}

/**
 * @param {{text: string, every: boolean, granted: boolean | undefined, onChange?: (on: boolean) => void}} props
 */
function Scope({ text, every, granted, onChange }) {
  const names = ["scope", every && "scope-every", granted && "scope-granted"].filter(Boolean).join(" ");
  if (granted === undefined) return html`<span class=${`${names} scope-asked`}>${text}</span>`;
  if (!onChange) {
    const said = granted ? "granted" : "not granted";
    return html`<span class=${names}>
      <${Icon} name=${granted ? "check" : "x"} /><span>${text}</span><span class="sr-only">, ${said}</span>
    </span>`;
  }
  return html`<label class=${`${names} scope-choice`}>
    <input
      type="checkbox"
      class="box"
      checked=${granted}
      onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.checked)}
    />
    <span>${text}</span>
  </label>`;
}
