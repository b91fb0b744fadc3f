/** Lists that open beside what opened them, above everything else: no table, card or dialog cuts them off. */
import { useEffect, useLayoutEffect } from "./html.js";

/** The space between the two, and to the edges of the window, in pixels. */
const GAP = 4;

/** The least room that a list is given below, before it opens above. */
const ROOM_MIN = 180;

/**
 * While `open`, `list` (an element with `popover="manual"`) stands below `anchor`, or above where there is more room.
 * @param {boolean} open
 * @param {{ current: HTMLElement | null }} anchor
 * @param {{ current: HTMLElement | null }} list
 * @param {{ align?: "start" | "end", fit?: boolean, heightMax?: number }} [options] `fit`: as wide as the anchor
 */
export function useFloat(open, anchor, list, { align = "start", fit = false, heightMax = 420 } = {}) {
  const place = () => {
    if (anchor.current && list.current) placeBeside(anchor.current, list.current, align, fit, heightMax);
  };
  useLayoutEffect(() => {
    const shown = list.current;
    if (!open || !shown) return undefined;
    shown.showPopover();
    return () => {
      if (shown.isConnected && shown.matches(":popover-open")) shown.hidePopover();
    };
  }, [open]);
  // What it holds may have changed with every drawing, and so its height.
  useLayoutEffect(() => {
    if (open) place();
  });
  useEffect(() => {
    if (!open) return undefined;
    window.addEventListener("scroll", place, { capture: true, passive: true });
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("scroll", place, { capture: true });
      window.removeEventListener("resize", place);
    };
  }, [open]);
}

/**
 * @param {HTMLElement} anchor
 * @param {HTMLElement} list
 * @param {"start" | "end"} align
 * @param {boolean} fit
 * @param {number} heightMax
 */
function placeBeside(anchor, list, align, fit, heightMax) {
  const from = anchor.getBoundingClientRect();
  const [width, height] = [document.documentElement.clientWidth, window.innerHeight];
  const [above, below] = [from.top - 2 * GAP, height - from.bottom - 2 * GAP];
  list.style.maxHeight = `${heightMax}px`;
  if (fit) list.style.width = `${from.width}px`;
  const wanted = Math.min(list.offsetHeight, heightMax);
  const isAbove = below < Math.min(wanted, ROOM_MIN) && above > below;
  const room = Math.max(80, Math.min(heightMax, isAbove ? above : below));
  const high = Math.min(wanted, room);
  const left = align === "end" ? from.right - list.offsetWidth : from.left;
  list.style.maxHeight = `${room}px`;
  list.style.left = `${Math.max(GAP, Math.min(left, width - list.offsetWidth - GAP))}px`;
  list.style.top = `${isAbove ? from.top - GAP - high : from.bottom + GAP}px`;
}
