/** What cannot wait for the modules of the page: a plain script that runs before anything is drawn. */

// The chosen theme, so that nothing flashes.
const kept = window.localStorage.getItem("hookbox-theme");
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;

// Who is here, so that the answer is there when the modules are; `core/api.js` takes it.
const me = "/api/v1/me";
/** @type {any} */ (window).hookboxAsked = new Map([[me, fetch(me, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" })]]);

/** The modules of pages that people come in by, to be loaded beside `app.js`; a test looks for them in every `routes.js`. @type {Record<string, string>} */
const comeIn = {
  "/app/": "pages/overview/overview.js",
  "/app/automations": "pages/automations/list.js",
  "/app/runs": "pages/runs/list.js",
  "/app/contacts": "pages/contacts/list.js",
  "/app/plugins": "pages/plugins/list.js",
};
const wanted = comeIn[window.location.pathname];
const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
if (wanted) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: new URL(wanted, src).href }));
