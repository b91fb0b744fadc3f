/** One page: its module is loaded, then its view is drawn. What goes wrong in it stays in it. */
import { api } from "../core/api.js";
import { loadStyle } from "../core/files.js";
import { html, useEffect, useErrorBoundary, useLayoutEffect, useState } from "../core/html.js";
import { Params, useRoute } from "../core/router.js";
import { Button } from "../views/button.js";
import { ErrorBox, Skeleton } from "../views/empty.js";
import { Page } from "../views/page.js";

/** Loads all that a page needs, once: its view. @param {import("../core/router.js").Page} page */
export async function bring(page) {
  page.ahead?.().catch(() => {}); // Who needs it asks again, and tells.
  const styles = (page.styles ?? []).map((name) => loadStyle(`css/${name}.css`));
  const [module] = await Promise.all([page.load(), ...styles]);
  return module.default;
}

/** @param {{ page: import("../core/router.js").Page, params: Record<string, string> }} props */
export function Shown({ page, params }) {
  const { query } = useRoute();
  const [View, setView] = useState(/** @type {any} */ (null));
  const [unloaded, setUnloaded] = useState(/** @type {any} */ (null));
  const [broken, reset] = useErrorBoundary((error) => console.error(error));
  const load = () => {
    setUnloaded(null);
    bring(page).then((view) => setView(() => view), setUnloaded);
  };
  useLayoutEffect(load, [page]);
  if (unloaded) return html`<${Unloaded} page=${page} error=${unloaded} />`;
  if (broken) return html`<${Page} title=${page.title}><${ErrorBox} title="This page broke" error=${broken} retry=${reset} /><//>`;
  if (!View) return page.bare ? null : html`<${Page} title=${page.title}><${Skeleton} lines=${6} /><//>`;
  return html`<${Params.Provider} value=${params}><${View} params=${params} query=${query} /><//>`;
}

/** How often it is seen whether a host that was away is back, in milliseconds. */
const AGAIN_MS = 2_000;

/** Loads the page anew as soon as a host that does not answer does again. A browser may keep that a module could not be had. */
function useReturn() {
  useEffect(() => {
    let isAway = false;
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const look = async () => {
      try {
        await api.get("/setup", { quiet: true });
        if (isAway) return window.location.reload();
      } catch (/** @type {any} */ refused) {
        if (refused.status === 0) isAway = true;
      }
      timer = setTimeout(look, AGAIN_MS);
    };
    look();
    return () => clearTimeout(timer);
  }, []);
}

/** A module did not come: the host is away, or is a newer one with other files. @param {{ page: import("../core/router.js").Page, error: any }} props */
function Unloaded({ page, error }) {
  useReturn();
  const reload = html`<${Button} icon="refresh-cw" onClick=${() => window.location.reload()}>Load the page anew<//>`;
  return html`<${Page} title=${page.title} actions=${reload}>
    <${ErrorBox} title="This page could not be loaded" error=${{ detail: "The host cannot be reached, or was replaced by another version meanwhile. The page comes by itself once it answers again.", cause: error }} />
  <//>`;
}
