/** Repeating a run and ending one: the buttons, and the words for each way. */
import { html, useState } from "../../core/html.js";
import { api } from "../../core/api.js";
import { navigate } from "../../core/router.js";
import { useSession } from "../../core/session.js";
import { Button } from "../../views/button.js";
import { Menu } from "../../views/menu.js";
import { confirm } from "../../views/dialog.js";
import { failed, toast } from "../../views/toast.js";

/** @typedef {import("./shapes.js").Run} Run */
/** @typedef {{from: "failed-step"|"start", version: "pinned"|"newest"}} ReplayWish */

const FINAL = ["succeeded", "failed", "cancelled"];

/** Whether nothing more happens to a run. @param {{state: string}} run */
export const isOver = (run) => FINAL.includes(run.state);

/** Each way to repeat a run that is possible now.
 * @param {Run} run
 * @returns {{label: string, wish: ReplayWish}[]} */
export function waysOf(run) {
  const whole = [
    { label: "Replay whole run", wish: wish("start", "pinned") },
    { label: "Replay whole run, newest version", wish: wish("start", "newest") },
  ];
  if (run.state === "succeeded") return whole;
  const place = run.state === "cancelled" ? "from where it stopped" : "from failed step";
  return [
    { label: `Replay ${place}`, wish: wish("failed-step", "pinned") },
    { label: `Replay ${place}, newest version`, wish: wish("failed-step", "newest") },
    ...whole,
  ];
}

/** @param {ReplayWish["from"]} from @param {ReplayWish["version"]} version @returns {ReplayWish} */
const wish = (from, version) => ({ from, version });

/**
 * The buttons of a run's page. Who may not change anything is offered none.
 * @param {{run: Run, reload: () => void}} props
 */
export function RunActions({ run, reload }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  if (!session.can("editor")) return null;

  const doing = async (/** @type {() => Promise<void>} */ act) => {
    setBusy(true);
    try {
      await act();
    } catch (error) {
      failed(error);
      reload();
    } finally {
      setBusy(false);
    }
  };
  const replay = (/** @type {ReplayWish} */ how) =>
    doing(async () => {
      const again = await api.post(`/runs/${run.id}/replay`, how);
      toast("The run is repeated; this is the new one", "ok");
      navigate(`/runs/${again.id}`);
    });
  const cancel = async () => {
    const sure = await confirm({
      title: "End this run now?",
      text: "It ends as cancelled. What its steps have committed already stays, and so do messages that left.",
      confirm: "End run",
      danger: true,
    });
    if (sure)
      await doing(async () => {
        const ended = await api.post(`/runs/${run.id}/cancel`);
        toast(ended.state === "cancelled" ? "The run is cancelled" : `The run had ended already: ${ended.state}`, "ok");
        reload();
      });
  };

  if (!isOver(run)) return html`<${Button} kind="danger" icon="circle-stop" busy=${busy} onClick=${cancel}>Cancel run<//>`;
  if (run.replayed_by) return null;
  const [first, ...others] = waysOf(run);
  const items = others.map((way) => ({ label: way.label, onClick: () => replay(way.wish) }));
  return html`<span class="replay">
    <${Button} kind=${run.state === "failed" ? "primary" : "plain"} icon="rotate-ccw" busy=${busy}
      onClick=${() => replay(first.wish)}>${first.label}<//>
    <${Menu} label="Other ways to replay" icon="chevron-down" align="end" items=${items} />
  </span>`;
}
