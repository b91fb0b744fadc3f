/** Runs as they happen: what the stream tells is laid over the pages that were read, without moving what is being read. */
import { useEffect, useMemo, useRef, useState } from "../../core/html.js";
import { api } from "../../core/api.js";

/** @typedef {import("./shapes.js").RunBrief} RunBrief */

/** More news than this and the pages are read anew. */
const NEWS_MAX = 400;
/** So long after that was noticed, in milliseconds: more may come. */
const RELOAD_MS = 1500;

/** Newest first, as pages are. @param {RunBrief} a @param {RunBrief} b */
const newest = (a, b) => (a.began_at < b.began_at ? 1 : a.began_at > b.began_at ? -1 : a.id < b.id ? 1 : -1);

/**
 * Lays what is new over what was read.
 * @param {RunBrief[]} items What the pages hold, newest first.
 * @param {Map<string, RunBrief>} news The newest word on runs.
 * @param {(run: RunBrief) => boolean} matches Whether a run is wanted by what it is now.
 * @param {(id: string) => boolean} isShown Whether a run that is not in the pages may be shown.
 * @returns {{rows: RunBrief[], hidden: number}}
 */
export function overlay(items, news, matches, isShown) {
  if (news.size === 0) return { rows: items, hidden: 0 };
  const read = new Set();
  const kept = [];
  for (const item of items) {
    read.add(item.id);
    const run = news.get(item.id) ?? item;
    if (run === item || matches(run)) kept.push(run);
  }
  const fresh = [];
  let hidden = 0;
  for (const run of news.values()) {
    if (read.has(run.id) || !matches(run)) continue;
    // Older than what was read: its page comes yet.
    if (items.length > 0 && newest(run, items[items.length - 1]) > 0) continue;
    if (isShown(run.id)) fresh.push(run);
    else hidden += 1;
  }
  return { rows: fresh.length > 0 ? [...fresh, ...kept].sort(newest) : kept, hidden };
}

/**
 * @param {object} wish
 * @param {boolean} wish.on Whether to listen.
 * @param {boolean} wish.still Whether somebody is reading: what is new waits until they look.
 * @param {string} wish.look What is looked at: another one begins anew.
 * @param {string|undefined} wish.automation
 * @param {RunBrief[]} wish.items
 * @param {(run: RunBrief) => boolean} wish.matches
 * @param {() => Promise<void>} wish.reload
 * @returns {{rows: RunBrief[], hidden: number, show: () => void, lost: boolean}}
 */
export function useLive({ on, still, look, automation, items, matches, reload }) {
  const news = useRef(/** @type {Map<string, RunBrief>} */ (new Map()));
  const shown = useRef(/** @type {Set<string>} */ (new Set()));
  const behind = useRef(false);
  const latest = useRef({ still, reload });
  latest.current = { still, reload };
  // The look that was last listened to: one that is listened to again after a pause has missed something.
  const listened = useRef("");
  const [turn, setTurn] = useState(0);
  const [lost, setLost] = useState(false);
  const draw = () => setTurn((now) => now + 1);
  const showAll = () => {
    for (const id of news.current.keys()) shown.current.add(id);
  };

  /** Reads the pages anew. What was told before stays until they are there, so that nothing vanishes meanwhile. */
  const reread = async () => {
    behind.current = false;
    const told = new Map(news.current);
    await latest.current.reload();
    for (const [id, run] of told) {
      if (news.current.get(id) !== run) continue;
      news.current.delete(id);
      shown.current.delete(id);
    }
    draw();
  };

  useEffect(() => {
    news.current.clear();
    shown.current.clear();
    draw();
  }, [look]);

  useEffect(() => {
    if (!on) return undefined;
    let frame = 0;
    let away = false;
    let isFirst = true;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    const flush = () => {
      frame = 0;
      if (!latest.current.still) showAll();
      if (news.current.size > NEWS_MAX) behind.current = true;
      if (behind.current && !latest.current.still && !timer) {
        timer = setTimeout(() => {
          timer = undefined;
          if (!latest.current.still) reread();
        }, RELOAD_MS);
      }
      draw();
    };
    const soon = () => {
      if (frame === 0) frame = requestAnimationFrame(flush);
    };
    const close = api.events("/runs/live", {
      query: { automation },
      on: {
        run: (/** @type {RunBrief} */ run) => {
          // A map keeps the order of first keys; a run that changes again stays where it is.
          if (news.current.size <= 2 * NEWS_MAX || news.current.has(run.id)) news.current.set(run.id, run);
          soon();
        },
        skipped: () => {
          behind.current = true;
          soon();
        },
      },
      onState: (state) => {
        // Whatever happened while nobody listened is in the pages: after a break, and after a pause.
        if (state === "open" && (away || (isFirst && look === listened.current))) reread();
        if (state === "open") isFirst = false;
        away = state === "away";
        listened.current = look;
        setLost(away);
      },
    });
    return () => {
      close();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      setLost(false);
    };
  }, [on, automation, look]);

  // What waited is shown as soon as nobody reads any more.
  useEffect(() => {
    if (still) return;
    showAll();
    if (behind.current && on) reread();
    draw();
  }, [still]);

  const laid = useMemo(
    () => overlay(items, news.current, matches, (id) => shown.current.has(id)),
    [items, matches, turn],
  );
  const show = () => {
    showAll();
    if (behind.current) reread();
    draw();
  };
  return { rows: laid.rows, hidden: laid.hidden, show, lost };
}
