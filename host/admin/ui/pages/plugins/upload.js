/** Uploading a component: chosen or dropped, then what becomes of it step by step, and the report about it. */
import { api } from "../../core/api.js";
import { html, useEffect } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { useLeaveGuard } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { bytes, duration, useNow } from "../../core/time.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { DropZone } from "../../views/drop-zone.js";
import { ErrorBox, Notice } from "../../views/empty.js";
import { Icon } from "../../views/icon.js";
import { Page } from "../../views/page.js";
import { Progress } from "../../views/progress.js";
import { toast } from "../../views/toast.js";
import { NeedRole } from "../settings/role.js";
import { ReportView } from "./report.js";
import { PHASES, useSending } from "./sending.js";
import { StandingBadge } from "./standing.js";

/**
 * @typedef {import("./sending.js").Sending} Sending
 * @typedef {import("./sending.js").Phase} Phase
 */

const BACK = { to: "/plugins", label: "Plugins" };
const LEAD = "A component (.wasm) is checked, compiled and asked what it is. Nothing of it may run before an admin approves what it asks.";

/** What each phase does. @type {Record<Phase, [string, string]>} */
const WORDS = {
  hashing: ["Hash", "its SHA-256, by which the host knows it"],
  sending: ["Send", "to the host"],
  checking: ["Check", "every byte, its imports and its exports"],
  compiling: ["Compile", "in a process of its own; large ones take up to a minute"],
  describing: ["Describe", "it is asked what it is and what it needs"],
};

export default function UploadPage() {
  const { can } = useSession();
  const page = (/** @type {any} */ children) => html`<${Page} title="Upload a plugin" lead=${LEAD} back=${BACK}>${children}<//>`;
  return can("admin") ? page(html`<${Upload} />`) : page(html`<${NeedRole} role="admin" />`);
}

function Upload() {
  const sending = useSending();
  const { state, file, giveUp } = sending;
  const under = state === "under-way";
  const host = useLoad((signal) => api.get("/host", { signal }), []);
  const max = host.data?.limits.component_bytes_max;
  const send = (/** @type {File} */ chosen) => {
    if (max && chosen.size > max) toast(`${chosen.name} has ${bytes(chosen.size)}; a component has at most ${bytes(max)}`, "bad");
    else sending.send(chosen);
  };
  useLeaveGuard(under, "The upload is under way; leaving ends it, and nothing of it is kept.");
  useEffect(() => {
    const files = (/** @type {DragEvent} */ event) => event.preventDefault();
    window.addEventListener("dragover", files);
    window.addEventListener("drop", files);
    return () => {
      window.removeEventListener("dragover", files);
      window.removeEventListener("drop", files);
    };
  }, []);
  return html`<div class="upload stack">
    ${!file && html`<${DropZone} title="Drop a component (.wasm) here" text=${max ? `or choose one; at most ${bytes(max)}` : "or choose one"} onFile=${send} />`}
    ${file &&
    html`<${Card} title=${file.name} lead=${bytes(file.size)} actions=${under && html`<${Button} onClick=${giveUp}>Stop<//>`}>
      <${Steps} sending=${sending} />
    <//>`}
    <div aria-live="polite"><${Outcome} sending=${sending} /></div>
    ${file && !under && html`<div class="plugin-drop"><${DropZone} title="Drop another component here" onFile=${send} /></div>`}
  </div>`;
}

/** @param {{sending: Sending}} props */
function Steps({ sending }) {
  return html`<ol class="stages">${PHASES.map((phase) => html`<${Step} key=${phase} phase=${phase} sending=${sending} />`)}</ol>`;
}

/** @param {{phase: Phase, sending: Sending}} props */
function Step({ phase, sending }) {
  const now = useNow(200);
  const { state, file, sent, took, began } = sending;
  const standing = standingOf(phase, sending);
  const [title, text] = WORDS[phase];
  const size = file?.size ?? 0;
  const spent = standing === "now" ? now - began : took[phase];
  return html`<li class=${`stage stage-${standing}`} aria-current=${standing === "now" ? "step" : undefined}>
    <span class="stage-mark"><${Mark} standing=${standing} /></span>
    <span class="stage-text"><strong>${title}</strong> <span class="muted">${text}</span></span>
    <span class="stage-time num">${spent !== undefined && (standing === "now" || standing === "done") ? timeText(spent) : ""}</span>
    ${phase === "sending" &&
    standing === "now" &&
    html`<div class="stage-bar"><${Progress} value=${sent} max=${size} label=${`${bytes(sent)} of ${bytes(size)}`} /></div>`}
    ${standing === "broken" && state !== "under-way" && html`<span class="sr-only">failed here</span>`}
  </li>`;
}

/** @param {number} ms */
function timeText(ms) {
  return ms < 1 ? "under 1 ms" : duration(ms);
}

/**
 * @param {Phase} phase
 * @param {Sending} sending
 * @returns {"done" | "now" | "broken" | "ahead" | "skipped"}
 */
function standingOf(phase, { state, phase: at, took }) {
  const place = PHASES.indexOf(phase) - PHASES.indexOf(at);
  if (took[phase] !== undefined) return "done";
  if (place < 0) return "skipped";
  if (place === 0) return state === "under-way" ? "now" : state === "taken" || state === "known" ? "done" : "broken";
  return state === "taken" || state === "known" ? "skipped" : "ahead";
}

/** @param {{standing: ReturnType<typeof standingOf>}} props */
function Mark({ standing }) {
  if (standing === "now") return html`<span class="spinner"></span>`;
  if (standing === "done") return html`<${Icon} name="check" />`;
  if (standing === "broken") return html`<${Icon} name="x" />`;
  return html`<span class="stage-dot"></span>`;
}

/** @param {{sending: Sending}} props */
function Outcome({ sending: { state, plugin, report, error } }) {
  if (state === "failed") return html`<${ErrorBox} error=${error} />`;
  if (state === "unfit" && report) {
    return html`<${Card} title="This file cannot become a plugin" lead="Nothing of it was kept." tone="bad"><${ReportView} report=${report} /><//>`;
  }
  if (!plugin || (state !== "taken" && state !== "known")) return null;
  const { name, version, title } = plugin.manifest;
  const pending = plugin.approval.state === "pending";
  const next = html`<${Button} kind="primary" to=${`/plugins/${plugin.id}`}>${pending ? "Look at what it asks" : "Open it"}<//>`;
  const said = state === "known" ? "The workspace has this very component already." : told(plugin);
  return html`<div class="stack">
    <${Notice} tone=${state === "known" ? "info" : "ok"} title=${`${title} ${version}`} actions=${next}>
      <p class="row"><code>${name}</code> <${StandingBadge} plugin=${plugin} /></p>
      <p>${said}</p>
    <//>
    ${report && html`<${Card} title="Report"><${ReportView} report=${report} /><//>`}
  </div>`;
}

/** @param {import("./data.js").Detail} plugin */
function told({ approval, manifest }) {
  if (approval.state === "approved") return "It asks for nothing beyond what the active version may do, so it is approved. Activate it when you want.";
  const { length } = manifest.needs;
  return `It is kept, and may do nothing yet. It asks for ${length === 1 ? "one thing" : `${length} things`}.`;
}
