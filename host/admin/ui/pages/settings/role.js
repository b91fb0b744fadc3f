/** What stands in place of something that one's role is too low for. */
import { html } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { Card } from "../../views/card.js";
import { Empty } from "../../views/empty.js";

/** @param {{role: import("../../core/session.js").Role}} props the one that is needed */
export function NeedRole({ role }) {
  const { role: own, workspace } = useSession();
  const have = own ? `You are ${own} of ${workspace?.name ?? "this workspace"}. ` : "";
  return html`<${Card} flush>
    <${Empty}
      icon="lock"
      title=${`This page needs the role ${role}`}
      text=${`${have}An owner can change that.`}
    />
  <//>`;
}
