/** One's own user: name, password, workspaces, personal tokens. */
import { api } from "../../core/api.js";
import { html, useState } from "../../core/html.js";
import { useLeaveGuard } from "../../core/router.js";
import { readSession, signOut, useSession } from "../../core/session.js";
import { Moment } from "../../core/time.js";
import { sentence } from "../../core/words.js";
import { Badge } from "../../views/badge.js";
import { Button } from "../../views/button.js";
import { Card } from "../../views/card.js";
import { Empty } from "../../views/empty.js";
import { Check, Field, Form, Input } from "../../views/field.js";
import { Columns, Page } from "../../views/page.js";
import { Pairs } from "../../views/pairs.js";
import { Table } from "../../views/table.js";
import { failed, toast } from "../../views/toast.js";
import { faultOf, NewPassword } from "./password.js";
import { Tokens } from "./tokens.js";

/** The page. */
export default function Profile() {
  const { me } = useSession();
  const [ended, setEnded] = useState(0);
  if (!me?.user) {
    return html`<${Page} title="Profile"><${Empty} icon="key-round" title="You are here with a token, not as a user" text="Tokens of an operator have no profile." /><//>`;
  }
  const main = html`<${Tokens} key=${ended} me=${me} /><${Places} me=${me} />`;
  const side = html`<${Name} key=${me.user.name} user=${me.user} /><${Password} email=${me.user.email} onTokens=${() => setEnded(ended + 1)} /><${SessionCard} me=${me} />`;
  return html`<${Page} title="Profile and tokens" lead=${me.user.email}><${Columns} main=${main} side=${side} /><//>`;
}

/** @param {{ user: { name: string, email: string } }} props */
function Name({ user }) {
  const [name, setName] = useState(user.name);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await api.patch("/me", { name: name.trim() });
      await readSession();
      toast("Your name is saved");
    } catch (error) {
      failed(error);
    }
    setBusy(false);
  };
  const changed = name.trim() !== user.name && name.trim() !== "";
  useLeaveGuard(changed && !busy);
  return html`<${Card} title="Name">
    <${Form} onSubmit=${save} busy=${busy} actions=${html`<${Button} type="submit" busy=${busy} disabled=${!changed}>Save<//>`}>
      <${Field} label="Your name" hideLabel hint="What others see in lists and in the audit log.">
        ${(/** @type {any} */ field) => html`<${Input} ...${field} value=${name} onInput=${setName} autocomplete="name" />`}
      <//>
    <//>
  <//>`;
}

/** @param {{ email: string, onTokens: () => void }} props */
function Password({ email, onTokens }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [endTokens, setEndTokens] = useState(true);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const fault = faultOf(next, email);
  const change = async () => {
    setTried(true);
    setError(null);
    if (fault) return;
    setBusy(true);
    try {
      await api.post("/me/password", { current, new: next, end_tokens: endTokens }, { quiet: true });
      setCurrent("");
      setNext("");
      setTried(false);
      toast(`Your password is changed; your other sessions${endTokens ? " and your tokens" : ""} have ended`);
      if (endTokens) onTokens();
    } catch (refused) {
      setError(refused);
    }
    setBusy(false);
  };
  const action = html`<${Button} type="submit" busy=${busy} disabled=${!current || !next}>Change the password<//>`;
  return html`<${Card} title="Password" lead="Changing it ends your other sessions, and links for a new one.">
    <${Form} onSubmit=${change} busy=${busy} error=${error} actions=${action}>
      <input type="email" name="email" autocomplete="username" value=${email} hidden readonly />
      <${Field} label="Current password" required>
        ${(/** @type {any} */ field) => html`<${Input} ...${field} type="password" autocomplete="current-password" value=${current} onInput=${setCurrent} />`}
      <//>
      <${NewPassword} value=${next} onInput=${setNext} error=${tried && fault} />
      <${Check} label="End my tokens too" hint="Whoever knew the old password may have made one. Programs that use one need another." checked=${endTokens} onChange=${setEndTokens} />
    <//>
  <//>`;
}

/** @param {{ me: import("../../core/session.js").Me }} props */
function SessionCard({ me }) {
  const out = html`<${Button} icon="log-out" onClick=${() => signOut().catch(failed)}>Log out<//>`;
  const items = [["Ends", me.session && html`<${Moment} at=${me.session.expires_at} />`], ["May do everything", me.operator ? "Yes, as an operator" : null]];
  return html`<${Card} title="This session" actions=${out}><${Pairs} items=${items} /><//>`;
}

/** @param {{ me: import("../../core/session.js").Me }} props */
function Places({ me }) {
  const { workspace, chooseWorkspace } = useSession();
  const columns = [
    { key: "name", title: "Workspace", cell: (/** @type {any} */ place) => html`<span class="strong">${place.name}</span>` },
    { key: "role", title: "Your role", cell: (/** @type {any} */ place) => html`<${Badge}>${sentence(place.role)}<//>`, width: "120px" },
    {
      key: "choose", title: "", align: /** @type {const} */ ("right"), width: "120px",
      cell: (/** @type {any} */ place) => (place.id === workspace?.id ? html`<span class="muted small">You are here</span>` : html`<${Button} small onClick=${() => chooseWorkspace(place.id)}>Work here<//>`),
    },
  ];
  const empty = html`<${Empty} small icon="building-2" title="You have no role in any workspace" text="An owner of one can give you a role, under Settings → Users." />`;
  return html`<${Card} title="Workspaces" flush><${Table} columns=${columns} rows=${me.role_by_workspace} label="Workspaces" empty=${empty} /><//>`;
}
