/** One page: its module is loaded, then its view is drawn. What goes wrong in it stays in it. */
import { loadStyle } from "../core/files.js";
import { html, useEffect, useErrorBoundary, useState } from "../core/html.js";
import { Params, useRoute } from "../core/router.js";
import { Button } from "../views/button.js";
import { ErrorBox, Skeleton } from "../views/empty.js";
import { Page } from "../views/page.js";

/** @param {{ page: import("../core/router.js").Page, params: Record<string, string> }} props */
export function Shown({ page, params }) {
  const { query } = useRoute();
  const [View, setView] = useState(/** @type {any} */ (null));
  const [unloaded, setUnloaded] = useState(/** @type {any} */ (null));
  const [broken, reset] = useErrorBoundary((error) => console.error(error));
  const load = () => {
    setUnloaded(null);
    Promise.all([page.load(), ...(page.styles ?? []).map((name) => loadStyle(`css/${name}.css`))]).then(([module]) => setView(() => module.default), setUnloaded);
  };
  useEffect(load, [page]);
  if (unloaded) return html`<${Unloaded} page=${page} error=${unloaded} />`;
  if (broken) return html`<${Page} title=${page.title}><${ErrorBox} title="This page broke" error=${broken} retry=${reset} /><//>`;
  if (!View) return page.bare ? null : html`<${Page} title=${page.title}><${Skeleton} lines=${6} /><//>`;
  return html`<${Params.Provider} value=${params}><${View} params=${params} query=${query} /><//>`;
}

/** A module did not come: the host is away, or is a newer one with other files. @param {{ page: import("../core/router.js").Page, error: any }} props */
function Unloaded({ page, error }) {
  const reload = html`<${Button} icon="refresh-cw" onClick=${() => window.location.reload()}>Load the page anew<//>`;
  return html`<${Page} title=${page.title} actions=${reload}>
    <${ErrorBox} title="This page could not be loaded" error=${{ detail: "The host cannot be reached, or was replaced by another version meanwhile.", cause: error }} />
  <//>`;
}
