/** The frame of what is shown to nobody in particular: log-in, set-up, invitation. */
import { html, useEffect } from "../core/html.js";
import { Brand } from "./brand.js";
import { ThemeChoice } from "./theme-choice.js";

/** @param {{ title: string, lead?: any, children: any }} props */
export function Gate({ title, lead, children }) {
  useEffect(() => {
    document.title = `${title} · Hookbox`;
  }, [title]);
  return html`<div class="gate">
    <main class="gate-box">
      <div class="gate-brand"><${Brand} size=${28} /><span>Hookbox</span></div>
      <div class="gate-card stack">
        <div><h1>${title}</h1>${lead && html`<p class="muted">${lead}</p>`}</div>
        ${children}
      </div>
    </main>
    <footer class="gate-foot"><${ThemeChoice} /></footer>
  </div>`;
}
