/** The audit log: who changed what, when, from what to what; and whether anything of it was changed since. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { usePages, useSettled } from "../../core/load.js";
import { useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { count } from "../../core/time.js";
import { plural } from "../../core/words.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Empty, ErrorBox, Notice, Skeleton } from "../../views/empty.js";
import { Filters, FilterSelect, Search, TimeRange } from "../../views/filters.js";
import { Tabs } from "../../views/tabs.js";
import { Who } from "../plugins/who.js";
import { EntryLine } from "./entry.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("api").Schemas["AuditVerified"]} Verified */

const LEAD = "Every change, written in the transaction of the change. Each entry carries the digest of the one before it.";

/** What was changed: by its noun, and where one looks for one act, by that. Any other can stand in the address. */
const ACTS = [
  { value: "automation", label: "Automations" },
  { value: "key", label: "Keys of triggers" },
  { value: "secret", label: "Signing secrets" },
  { value: "run", label: "Runs" },
  { value: "runs", label: "Runs, in bulk" },
  { value: "contact", label: "Contacts" },
  { value: "list", label: "Lists" },
  { value: "message", label: "Messages" },
  { value: "template", label: "Templates" },
  { value: "plugin", label: "Plugins" },
  { value: "plugin.approve", label: "Plugins: approved" },
  { value: "plugin.activate", label: "Plugins: activated" },
  { value: "plugin-secret", label: "Plugin secrets" },
  { value: "plugin-state", label: "Memory of plugins" },
  { value: "inbox", label: "Inboxes" },
  { value: "field", label: "Contact fields" },
  { value: "member", label: "Members" },
  { value: "workspace", label: "Workspaces" },
  { value: "user", label: "Users" },
];

/** What is in the log of the host besides. */
const HOST_ACTS = [
  { value: "user", label: "Users" },
  { value: "session", label: "Sessions" },
  { value: "session.fail", label: "Sessions: failed" },
  { value: "token", label: "Tokens" },
  { value: "workspace", label: "Workspaces" },
];

/** @param {{query: Record<string, string>}} props */
export default function AuditPage({ query }) {
  const { me, can } = useSession();
  const { setQuery } = useRoute();
  const ofHost = query.of === "host";
  const tabs =
    me?.operator &&
    html`<${Tabs}
      label="Whose log"
      items=${[
        { value: "workspace", label: "This workspace" },
        { value: "host", label: "The host" },
      ]}
      value=${ofHost ? "host" : "workspace"}
      onChange=${(/** @type {string} */ of) => setQuery({ of: of === "host" ? of : null, act: null })}
    />`;
  return html`<${SettingsPage} title="Audit log" lead=${LEAD} needs="admin" tabs=${tabs}>
    ${can("admin") && html`<${Verify} key=${ofHost} of=${ofHost ? "host" : undefined} /><${Log} query=${query} />`}
  <//>`;
}

/** @param {{of: string | undefined}} props */
function Verify({ of }) {
  const [busy, setBusy] = useState(false);
  const [verified, setVerified] = useState(/** @type {Verified | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const verify = async () => {
    setBusy(true);
    setError(null);
    try {
      setVerified(await api.get("/audit/verify", { query: { of } }));
    } catch (refused) {
      setError(refused);
    }
    setBusy(false);
  };
  const button = html`<${Button} small icon="shield" busy=${busy} onClick=${verify}>${verified ? "Verify again" : "Verify"}<//>`;
  if (error) return html`<${ErrorBox} error=${error} retry=${verify} />`;
  if (verified === null) {
    return html`<${Notice} tone="idle" icon="shield" actions=${button}>
      <p>Follow the chain of digests from the first entry to the last, to see that nothing was changed since.</p>
    <//>`;
  }
  if (verified.state === "whole") {
    return html`<${Notice} tone="ok" title="The log is whole" actions=${button}>
      <p>${plural(verified.entries, "entry", "entries")}, each as it was written and after the one before it.</p>
    <//>`;
  }
  return html`<${Notice} tone="bad" title=${`The chain breaks at entry ${count(verified.place)}`} actions=${button} alert><p class="break">${verified.why}</p><//>`;
}

/** @param {{query: Record<string, string>}} props */
function Log({ query }) {
  const { setQuery } = useRoute();
  const [subject, setSubject] = useState(query.subject ?? "");
  const { of, act, by, from, to } = query;
  const pages = usePages("/audit", { of, act, by, from, to, subject: useSettled(subject), limit: 50 });
  const usual = of === "host" ? HOST_ACTS : ACTS;
  const acts = act && !usual.some(({ value }) => value === act) ? [{ value: act, label: act }, ...usual] : usual;
  const active = Boolean(act || by || from || to || subject);
  const clear = () => {
    setSubject("");
    setQuery({ act: null, by: null, from: null, to: null, subject: null });
  };
  const search = (/** @type {string} */ text) => {
    setSubject(text);
    setQuery({ subject: text });
  };
  const { items, error, loading, reload } = pages;
  return html`
    <${Filters} active=${active} onClear=${clear}>
      <${Search} value=${subject} onInput=${search} placeholder="Id of what was changed" />
      <${FilterSelect} label="What" all="Anything" options=${acts} value=${act} onChange=${(/** @type {string} */ value) => setQuery({ act: value })} />
      <${TimeRange} from=${from} to=${to} onChange=${setQuery} />
      ${by && html`<${Button} small icon="x" onClick=${() => setQuery({ by: null })} title="Show what everybody did">by <${Who} by=${by} /><//>`}
    <//>
    ${error && html`<${ErrorBox} error=${error} retry=${reload} />`}
    <${Card} flush>
      ${items.length === 0 && loading && html`<div class="card-inset"><${Skeleton} height=${320} /></div>`}
      ${items.length === 0 && !loading && !error && html`<${None} active=${active} onClear=${clear} />`}
      ${items.length > 0 &&
      html`<ol class="audit" aria-label="Entries, the newest first" aria-busy=${loading}>
        ${items.map((one) => html`<${EntryLine} key=${one.digest} entry=${one} onBy=${(/** @type {string} */ who) => setQuery({ by: who })} />`)}
      </ol>`}
      ${pages.hasMore && html`<div class="table-more"><${Button} kind="quiet" busy=${loading} onClick=${pages.more}>Show more<//></div>`}
    <//>
  `;
}

/** @param {{active: boolean, onClear: () => void}} props */
function None({ active, onClear }) {
  if (!active) return html`<${Empty} icon="history" title="Nothing was changed yet" text="Whatever somebody changes from now on is written here." />`;
  const action = html`<${Button} onClick=${onClear}>Clear the filters<//>`;
  return html`<${Empty} icon="search" title="No entry suits these filters" action=${action} />`;
}
