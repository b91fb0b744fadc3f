/** What stands in place of something that one's role is too low for. */
import { html } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { Card } from "../../views/card.js";
import { Empty } from "../../views/empty.js";

/**
 * @param {{role: import("../../core/session.js").Role, what: string}} props `what` begins the sentence: `The audit log`.
 */
export function NeedRole({ role, what }) {
  const { role: own, workspace } = useSession();
  const have = own ? `You are ${own} in ${workspace?.name ?? "this workspace"}. ` : "";
  return html`<${Card}>
    <${Empty}
      icon="lock"
      title=${`${what} needs the role ${role}`}
      text=${`${have}An owner can change that under Settings, Users.`}
    />
  <//>`;
}
