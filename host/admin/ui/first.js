/** What cannot wait for the modules of the page: a plain script that runs before anything is drawn. */

// The chosen theme, so that nothing flashes.
const kept = window.localStorage.getItem("hookbox-theme");
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;

// Who is here, so that the answer is there when the modules are; `core/api.js` takes it.
const me = "/api/v1/me";
/** @type {any} */ (window).hookboxAsked = new Map([[me, fetch(me, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" })]]);

/** What pages that people come in by load after `app.js` has run: it comes beside it. A test holds it against the files. @type {Record<string, string[]>} */
const comeIn = {
  "/app/": ["pages/overview/overview.js", "css/overview.css"],
  "/app/automations": ["pages/automations/list.js", "css/automations.css"],
  "/app/runs": ["pages/runs/list.js", "css/runs.css", "css/contacts.css"],
  "/app/contacts": ["pages/contacts/list.js", "css/runs.css", "css/contacts.css"],
  "/app/plugins": ["pages/plugins/list.js", "css/plugins.css"],
};
const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
for (const name of comeIn[window.location.pathname] ?? []) {
  const how = name.endsWith(".js") ? { rel: "modulepreload" } : { rel: "preload", as: "style" };
  document.head.append(Object.assign(document.createElement("link"), how, { href: new URL(name, src).href }));
}
