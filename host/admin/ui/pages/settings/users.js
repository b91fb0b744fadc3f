/** Users: who may log in and what each may do in this workspace. New ones come by an invite link, shown once. */
import { html, useState } from "../../core/html.js";
import { usePages } from "../../core/load.js";
import { useSession } from "../../core/session.js";
import { Ago } from "../../core/time.js";
import { sentence } from "../../core/words.js";
import { Badge, StateBadge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Empty } from "../../views/empty.js";
import { Table } from "../../views/table.js";
import { InviteDialog, LinkDialog } from "./invite.js";
import { SettingsPage } from "./shell.js";
import { UserDialog } from "./user.js";

/** @typedef {import("api").Schemas["User"]} User */

const LEAD = "Who may log in, and what they may do here. No mail is sent: hand the invite link over yourself.";

export default function UsersPage() {
  const { can } = useSession();
  const users = usePages(can("owner") ? "/users" : null, { limit: 200 });
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
  return html`<${SettingsPage} title="Users" lead=${LEAD} needs="owner" actions=${actions}>
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
  { key: "role", title: "Role", width: "90px", cell: (/** @type {User} */ { role }) => (role ? sentence(role) : html`<span class="faint">none</span>`) },
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
