/** The mark of Hookbox. */
import { html } from "../core/html.js";

/** A box, and what hooks into it. @param {{ size?: number }} props */
export function Brand({ size = 22 }) {
  return html`<svg class="brand-mark" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" aria-hidden="true">
    <path d="M4 9.5 12 5.5l8 4v8l-8 4-8-4z" opacity="0.55" /><path d="M12 2v9.8a2.6 2.6 0 1 1-2.6 2.6" />
  </svg>`;
}
