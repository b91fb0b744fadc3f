/** The frame of a page: its heading with actions, its tabs; parts with headings of their own; two columns. */
import { classes, html, useEffect, useId } from "../core/html.js";
import { Link } from "../core/router.js";
import { Icon } from "./icon.js";

/**
 * @typedef {object} PageProps
 * @property {any} title
 * @property {string} [name] what the tab of the browser says, where the title is no text
 * @property {any} [lead] one sentence
 * @property {any} [actions]
 * @property {any} [tabs]
 * @property {any} [badge] stands beside the title
 * @property {{ to: string, label: string }} [back]
 * @property {boolean} [wide] takes the whole width, as the editor does
 * @property {string} [class]
 * @property {any} [children]
 */

/** @param {PageProps} props */
export function Page({ title, name, lead, actions, tabs, badge, back, wide, class: extra, children }) {
  const said = name ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    if (said) document.title = `${said} · Hookbox`;
  }, [said]);
  return html`<div class=${classes("page", extra, { "page-wide": wide })}>
    <header class="page-head">
      ${back && html`<${Link} to=${back.to} class="page-back"><${Icon} name="arrow-left" size=${14} />${back.label}<//>`}
      <div class="page-line">
        <div class="page-name">
          <div class="page-title"><h1>${title}</h1>${badge}</div>
          ${lead && html`<p class="page-lead">${lead}</p>`}
        </div>
        ${actions && html`<div class="page-actions">${actions}</div>`}
      </div>
      ${tabs}
    </header>
    <div class="page-body">${children}</div>
  </div>`;
}

/** A part of a page. @param {{ title: any, lead?: any, actions?: any, children?: any, id?: string }} props */
export function Section({ title, lead, actions, children, id }) {
  const heading = useId("section");
  return html`<section class="section" id=${id} aria-labelledby=${heading}>
    <div class="section-head">
      <div><h2 id=${heading}>${title}</h2>${lead && html`<p class="muted small">${lead}</p>`}</div>
      ${actions && html`<div class="row">${actions}</div>`}
    </div>
    ${children}
  </section>`;
}

/** Two columns, the side below where there is no room. @param {{ main: any, side: any }} props */
export function Columns({ main, side }) {
  return html`<div class="columns"><div class="columns-main stack">${main}</div><div class="columns-side stack">${side}</div></div>`;
}
