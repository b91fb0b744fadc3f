/** One inbox: its name, the channel that carries its messages, what that is signed with, and its quiet hours. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { useLoad } from "../../core/load.js";
import { useLeaveGuard } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { ErrorBox, Notice, Skeleton } from "../../views/empty.js";
import { Field, Form, Input, Switch } from "../../views/field.js";
import { toast } from "../../views/toast.js";
import { ChannelCard } from "./channel.js";
import { useEdit } from "./edit.js";
import { HoursForm, NIGHT } from "./hours.js";
import { SettingsPage } from "./shell.js";

/** @typedef {import("./inboxes.js").Inbox} Inbox */

const BACK = { to: "/settings/inboxes", label: "Inboxes" };

/** @param {{params: Record<string, string>}} props */
export default function InboxPage({ params }) {
  const read = useLoad((signal) => api.get(`/inboxes/${params.id}`, { signal }), [params.id]);
  /** @type {Inbox | null} */
  const inbox = read.data;
  const rest = { inbox, onSaved: read.set };
  return html`<${SettingsPage} title=${inbox?.name ?? "Inbox"} back=${BACK}>
    ${read.error && html`<${ErrorBox} error=${read.error} retry=${read.reload} />`}
    ${inbox
      ? html`<${ChannelCard} ...${rest} /><${QuietCard} ...${rest} /><${NameCard} ...${rest} />`
      : !read.error && html`<${Card}><${Skeleton} height=${300} /><//>`}
  <//>`;
}

/** @param {{inbox: Inbox, onSaved: (inbox: Inbox) => void}} props */
function NameCard({ inbox, onSaved }) {
  const { can } = useSession();
  const { values, set, fault, ...edit } = useEdit({ name: inbox.name });
  const off = !can("admin");
  useLeaveGuard(edit.dirty);
  const save = async () => {
    const saved = await edit.save((body) => api.patch(`/inboxes/${inbox.id}`, body));
    if (!saved) return;
    toast("The name is saved");
    edit.begin({ name: saved.name });
    onSaved(saved);
  };
  const actions = !off && html`<${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!edit.dirty}>Rename<//>`;
  return html`<${Card} title="Name">
    <${Form} onSubmit=${save} busy=${edit.busy} error=${edit.error} actions=${actions}>
      <${Field} label="Name" hideLabel hint="Unique in the workspace." error=${fault("name")}>
        ${(/** @type {any} */ field) =>
          html`<${Input} ...${field} disabled=${off} value=${values.name} onInput=${(/** @type {string} */ name) => set({ name })} />`}
      <//>
      ${edit.dirty && html`<${Notice} tone="warn"><p>Documents name it by its name: change them too, or their steps fail.</p><//>`}
    <//>
  <//>`;
}

/** @param {{inbox: Inbox, onSaved: (inbox: Inbox) => void}} props */
function QuietCard({ inbox, onSaved }) {
  const { can } = useSession();
  const { values, set, fault, ...edit } = useEdit({ quiet_hours: inbox.quiet_hours });
  const [kept, setKept] = useState(inbox.quiet_hours ?? NIGHT);
  const off = !can("admin");
  const hours = values.quiet_hours;
  useLeaveGuard(edit.dirty);
  const save = async () => {
    const saved = await edit.save((body) => api.patch(`/inboxes/${inbox.id}`, body));
    if (!saved) return;
    toast(saved.quiet_hours ? "The quiet hours are saved" : "It always sends");
    edit.begin({ quiet_hours: saved.quiet_hours });
    onSaved(saved);
  };
  const change = (/** @type {import("./hours.js").Hours} */ next) => {
    setKept(next);
    set({ quiet_hours: next });
  };
  const actions = !off && html`<${Button} kind="primary" type="submit" busy=${edit.busy} disabled=${!edit.dirty}>Save<//>`;
  const lead = "Messages of these hours are held until they end. The contact’s time zone counts if it is known.";
  return html`<${Card} title="Quiet hours" lead=${lead}>
    <${Form} onSubmit=${save} busy=${edit.busy} error=${edit.error} actions=${actions}>
      <${Switch}
        label="Keep quiet"
        checked=${hours !== null}
        disabled=${off}
        onChange=${(/** @type {boolean} */ on) => set({ quiet_hours: on ? kept : null })}
      />
      ${hours && html`<${HoursForm} hours=${hours} off=${off} onChange=${change} fault=${fault("quiet_hours")} />`}
    <//>
  <//>`;
}
