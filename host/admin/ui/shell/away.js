/** What is shown where nothing else can be: the host does not answer, or there is no such page. */
import { html, useEffect } from "../core/html.js";
import { Button } from "../views/button.js";
import { Empty, ErrorBox } from "../views/empty.js";
import { Page } from "../views/page.js";
import { Gate } from "./gate.js";

/** For somebody who may log in and has no workspace to see. */
export function Homeless() {
  const profile = html`<${Button} to="/profile" icon="user">To your profile<//>`;
  return html`<${Page} title="No workspace"><${Empty} icon="building-2" title="You have no role in any workspace yet" text="An owner of one can give you a role, under Settings → Users. Then load this page anew." action=${profile} /><//>`;
}

/** How often a host that does not answer is asked again, in milliseconds. */
const AGAIN_MS = 3_000;

/** @param {{ error?: any, retry?: () => void, nowhere?: boolean }} props */
export function Away({ error, retry, nowhere }) {
  useEffect(() => {
    if (!retry) return undefined;
    const timer = setInterval(retry, AGAIN_MS);
    return () => clearInterval(timer);
  }, [retry]);
  if (nowhere) {
    const back = html`<${Button} to="/" icon="layout-dashboard">To the overview<//>`;
    return html`<${Page} title="No such page"><${Empty} icon="circle-help" title="There is nothing at this address" text="It may have been removed, or the link is cut off." action=${back} /><//>`;
  }
  return html`<${Gate} title="Hookbox does not answer"><${ErrorBox} error=${error} retry=${retry} /><//>`;
}
