/** Where the page begins: the routes of all areas, and which of three things is shown: a gate, the frame with a page, an error. */
import { classes, html, render, useState } from "./core/html.js";
import { askToLeaveWith, isUnsaved, pageOf, place } from "./core/router.js";
import { begin, readSession, session } from "./core/session.js";
import { useStore } from "./core/store.js";
import { routes as account } from "./pages/account/routes.js";
import { routes as automations } from "./pages/automations/routes.js";
import { routes as contacts } from "./pages/contacts/routes.js";
import { routes as editor } from "./pages/editor/routes.js";
import { routes as kit } from "./pages/kit/routes.js";
import { routes as overview } from "./pages/overview/routes.js";
import { routes as plugins } from "./pages/plugins/routes.js";
import { routes as runs } from "./pages/runs/routes.js";
import { routes as settings } from "./pages/settings/routes.js";
import { Away, Homeless } from "./shell/away.js";
import { Frame } from "./shell/frame.js";
import { Login, LoginAgain, loginPath } from "./shell/login.js";
import { Shown, bring } from "./shell/shown.js";
import { confirm, Questions } from "./views/dialog.js";
import { Toasts } from "./views/toast.js";

/** Pages with the style sheets that they need. @param {import("./core/router.js").Page[]} pages @param {...string} styles */
const styled = (pages, ...styles) => pages.map((page) => ({ ...page, styles }));

const PAGES = [
  ...styled(overview, "overview"),
  ...styled(automations, "automations"),
  ...styled(editor, "editor", "mapping"),
  ...styled(runs, "runs", "contacts"),
  ...styled(contacts, "runs", "contacts"),
  ...styled(plugins, "plugins"),
  ...styled(settings, "settings"),
  ...account,
  ...kit,
];

askToLeaveWith((text) => confirm({ title: "Leave without saving?", text, confirm: "Leave", danger: true }));

/** Everything. */
function App() {
  const { state, me } = useStore(session);
  const [visit, setVisit] = useState(1);
  const ended = state === "ended";
  // A page with nothing unsaved in it is read anew, for what it asked last was refused.
  const goOn = (/** @type {import("./core/session.js").Me} */ next) => {
    if (!isUnsaved()) setVisit(visit + 1);
    begin(next);
  };
  // While the session has ended nothing is seen of the workspace, and all that was typed stays where it is. Questions come back with it.
  return html`<div class=${classes("whole", { veiled: ended })} inert=${ended}><${Inside} visit=${visit} /><${Toasts} /></div>
    ${ended ? html`<${LoginAgain} email=${me?.user?.email ?? ""} onDone=${goOn} />` : html`<${Questions} />`}`;
}

/** What is shown now. @param {{ visit: number }} props */
function Inside({ visit }) {
  const { state, error, me, workspace } = useStore(session);
  const { path } = useStore(place);
  const found = pageOf(PAGES, path);
  if (found?.page.bare) return html`<${Shown} key=${path} page=${found.page} params=${found.params} />`;
  if (state === "unknown") return null;
  if (state === "failed") return html`<${Away} error=${error} retry=${readSession} />`;
  if (state === "nobody" || path === loginPath) return html`<${Login} />`;
  const page = found && html`<${Shown} key=${`${visit} ${me?.user?.id} ${workspace?.id} ${path}`} page=${found.page} params=${found.params} />`;
  if (!workspace && path !== "/profile") return html`<${Frame} pages=${[]}><${Homeless} /><//>`;
  return html`<${Frame} pages=${PAGES}>${page || html`<${Away} nowhere />`}<//>`;
}

// Who is here and the page that is wanted are asked for at once.
readSession();
const wanted = pageOf(PAGES, place.get().path);
if (wanted) bring(wanted.page).catch(() => {}); // Shown asks again, and tells.
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
