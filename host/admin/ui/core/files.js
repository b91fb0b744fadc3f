/** Files of the page that are loaded when they are first needed: style sheets of areas, and scripts that are no modules. */

/** What was asked for, by address. @type {Map<string, Promise<void>>} */
const asked = new Map();

/**
 * @param {string} path below `ui`; the address keeps the folder of this version
 * @param {(url: string) => HTMLLinkElement | HTMLScriptElement} made
 * @returns {Promise<void>}
 */
function loaded(path, made) {
  const url = new URL(`../${path}`, import.meta.url).href;
  const known = asked.get(url);
  if (known) return known;
  const loading = /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      const element = made(url);
      element.addEventListener("load", () => resolve());
      element.addEventListener("error", () => {
        asked.delete(url);
        element.remove();
        reject(new Error(`${path} could not be loaded`));
      });
      document.head.append(element);
    })
  );
  asked.set(url, loading);
  return loading;
}

/**
 * Resolves when the style sheet has effect.
 * @param {string} path
 */
export function loadStyle(path) {
  return loaded(path, (url) => Object.assign(document.createElement("link"), { rel: "stylesheet", href: url }));
}

/**
 * Resolves when the script has run.
 * @param {string} path
 */
export function loadScript(path) {
  return loaded(path, (url) => Object.assign(document.createElement("script"), { src: url }));
}

/** The library of charts, for pages that begin with one: it comes while they do. @returns {Promise<unknown>} */
export function loadCharts() {
  return Promise.all([loadScript("lib/uplot.js"), loadStyle("lib/uplot.css")]);
}
