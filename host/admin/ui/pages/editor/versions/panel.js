/** The versions of an automation: what each changed, and the way back to one. */

import { api } from "../../../core/api.js";
import { html, useEffect, useRef, useState } from "../../../core/html.js";
import { useLoad, usePages } from "../../../core/load.js";
import { useSession } from "../../../core/session.js";
import { Moment } from "../../../core/time.js";
import { Badge } from "../../../views/badge.js";
import { Button } from "../../../views/button.js";
import { confirm } from "../../../views/dialog.js";
import { Diff } from "../../../views/diff.js";
import { Empty, ErrorBox, Skeleton } from "../../../views/empty.js";
import { Field, Select } from "../../../views/field.js";
import { failed, toast } from "../../../views/toast.js";
import { verbatim } from "../../automations/acts.js";
import { Who } from "../../plugins/who.js";

/** @typedef {import("../state.js").Draft} Draft */
/** @typedef {import("../state.js").Automation} Version */

/** @param {{draft: Draft}} props */
export function Versions({ draft }) {
  const { automation } = draft;
  const versions = usePages(`/automations/${automation.id}/versions`, { limit: 50 });
  const [chosen, setChosen] = useState(automation.version);
  const [against, setAgainst] = useState("");
  const items = /** @type {Version[]} */ (versions.items);
  const seen = useRef(automation.version);
  useEffect(() => {
    if (seen.current === automation.version) return;
    seen.current = automation.version;
    setChosen(automation.version);
    setAgainst("");
    void versions.reload();
  }, [automation.version]);
  if (versions.error) return html`<${ErrorBox} error=${versions.error} retry=${versions.reload} />`;
  if (versions.loading && items.length === 0) return html`<${Skeleton} lines=${6} />`;
  const other = against || (chosen > 1 ? String(chosen - 1) : automation.version > 1 ? String(automation.version) : "");
  return html`<div class="versions">
    <nav class="versions-list" aria-label="Versions">
      ${items.map((one) => html`<button type="button" key=${one.version} class="version" aria-pressed=${String(one.version === chosen)}
        onClick=${() => (setChosen(one.version), setAgainst(""))}>
        <span class="strong num">Version ${one.version}</span>
        ${one.version === automation.version && html`<${Badge} tone=${automation.state === "live" ? "ok" : "idle"}>current<//>`}
        <span class="version-facts faint small"><${Moment} at=${one.updated_at} whole /><span class="truncate">by <${Who} by=${one.by} /></span></span>
      </button>`)}
      ${versions.hasMore && html`<${Button} kind="quiet" busy=${versions.loading} onClick=${versions.more}>Older versions<//>`}
    </nav>
    <${Compared} key=${`${chosen} ${other}`} draft=${draft} chosen=${chosen} other=${other} items=${items} onAgainst=${setAgainst} />
  </div>`;
}

/** A version and what differs from another. @param {{draft: Draft, chosen: number, other: string, items: Version[], onAgainst: (other: string) => void}} props */
function Compared({ draft, chosen, other, items, onAgainst }) {
  const { id, version: current } = draft.automation;
  const { can } = useSession();
  const [busy, setBusy] = useState(false);
  const texts = useLoad(async (signal) => {
    const read = (/** @type {number | string} */ version) => api.get(`/automations/${id}/document`, { query: { version }, accept: "application/yaml", signal });
    return Promise.all([other === "draft" ? draft.yaml : other ? read(other) : "", read(chosen)]);
  }, [id, chosen, other, other === "draft" ? draft.yaml : ""]);

  const restore = async () => {
    const lost = draft.dirty ? "; what you changed here and did not save is given up" : "";
    const text = `It is saved as version ${current + 1} and takes effect at once${lost}. Runs under way keep the version they began with.`;
    if (!(await confirm({ title: `Restore version ${chosen}?`, text, confirm: "Restore", danger: draft.dirty }))) return;
    setBusy(true);
    try {
      const after = await api.post(`/automations/${id}/restore`, { version: chosen }, { verbatim });
      draft.replace(after);
      toast(after.version === current ? "It was the same already" : `Version ${chosen} is version ${after.version} now`);
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  const options = [
    ...items.filter((one) => one.version !== chosen).map((one) => ({ value: String(one.version), label: `version ${one.version}` })),
    ...(draft.dirty ? [{ value: "draft", label: "what you changed" }] : []),
  ];
  const back = Number(other) > chosen ? ": what restoring it would change" : "";
  const title = other === "draft" ? `What you changed → version ${chosen}` : `Version ${other} → version ${chosen}${back}`;
  return html`<section class="stack" aria-label=${`Version ${chosen}`}>
    <div class="row row-between versions-bar">
      <${Field} label="Compared with">${(/** @type {any} */ field) => html`<${Select} ...${field} options=${options} value=${other}
        onChange=${onAgainst} disabled=${options.length === 0} placeholder=${options.length === 0 ? "no other version" : undefined} />`}<//>
      ${chosen !== current && can("editor") && html`<${Button} icon="rotate-ccw" busy=${busy} onClick=${restore}>Restore version ${chosen}<//>`}
    </div>
    ${texts.error ? html`<${ErrorBox} error=${texts.error} retry=${texts.reload} />`
      : !texts.data ? html`<${Skeleton} lines=${10} />`
      : other === "" ? html`<${Empty} icon="history" title="This is the only version"
        text="Each time you save, a version is kept here: what it changed, and the way back." />`
      : html`<${Diff} before=${texts.data[0]} after=${texts.data[1]} title=${title} label=${title} />`}
  </section>`;
}
