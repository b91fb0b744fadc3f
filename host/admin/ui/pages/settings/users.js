/** Users: who may log in and what each may do in this workspace. New ones come by an invite link, shown once. */
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useRoute } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { sentence } from "../../core/words.js";
import { Badge, StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Empty } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { Tabs } from "../../views/tabs.js";
import { InviteDialog, LinkDialog } from "./invite.js";
import { SettingsPage } from "./shell.js";
import { UserDialog } from "./user.js";

/** @typedef {import("api").Schemas["User"]} User */

/** Whose users an operator can look at. */
const WHOSE = [
  { value: "workspace", label: "This workspace" },
  { value: "host", label: "The host" },
];

const LEAD = "Who may log in, and what they may do here. No mail is sent: hand the invite link over yourself.";

/** @param {{query: Record<string, string>}} props */
export default function UsersPage({ query }) {
  const { me, can } = useSession();
  const { setQuery } = useRoute();
  const of = me?.operator && query.of === "host" ? "host" : undefined;
  const users = usePages(can("owner") ? "/users" : null, { of, limit: 200 });
  const [inviting, setInviting] = useState(false);
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const [link, setLink] = useState(/** @type {User | null} */ (null));
  const actions = html`<${Button} kind="primary" icon="plus" onClick=${() => setInviting(true)}>Invite<//>`;
  const invited = (/** @type {User} */ user) => {
    setInviting(false);
    users.reload();
    if (user.invite_url) setLink(user);
  };
  const empty = html`<${Empty} icon="users" title="Nobody has a role here" text="Invite those who work in this workspace." action=${actions} />`;
  const shown = users.items.find((/** @type {User} */ one) => one.id === open);
  const choose = (/** @type {string} */ value) => setQuery({ of: value === "host" ? value : null });
  const tabs = me?.operator && html`<${Tabs} label="Which users" items=${WHOSE} value=${of ?? "workspace"} onChange=${choose} />`;
  return html`<${SettingsPage} title="Users" lead=${LEAD} needs="owner" actions=${actions} tabs=${tabs}>
    <${Card} flush>
      <${Table}
        label="Users"
        columns=${COLUMNS}
        ...${users}
        rows=${users.items}
        onOpen=${(/** @type {User} */ one) => setOpen(one.id)}
        empty=${empty}
      />
    <//>
    ${shown && html`<${UserDialog} key=${shown.id} user=${shown} onClose=${() => setOpen(null)} onChange=${users.reload} onLink=${setLink} />`}
    ${inviting && html`<${InviteDialog} onClose=${() => setInviting(false)} onDone=${invited} />`}
    ${link && html`<${LinkDialog} user=${link} onClose=${() => setLink(null)} />`}
  <//>`;
}

const COLUMNS = [
  { key: "name", title: "User", wrap: true, cell: (/** @type {User} */ one) => html`<${Name} user=${one} />` },
  { key: "role", title: "Role here", width: "100px", cell: (/** @type {User} */ { role }) => (role ? sentence(role) : html`<span class="faint">none</span>`) },
  { key: "state", title: "State", width: "110px", cell: (/** @type {User} */ one) => html`<${StateBadge} state=${one.state} />` },
  { key: "at", title: "Since", width: "110px", hide: "narrow", align: "right", cell: (/** @type {User} */ one) => html`<${Ago} at=${one.created_at} />` },
];

/** @param {{user: User}} props */
function Name({ user }) {
  const { me } = useSession();
  return html`<div class="user-name">
    <span class="row">
      <span class="strong">${user.name || user.email}</span>
      ${me?.user?.id === user.id && html`<${Badge} tone="info">you<//>`}
      ${user.operator && html`<${Badge} title="May do everything on this host">operator<//>`}
    </span>
    <span class="muted small">${user.email}</span>
  </div>`;
}
