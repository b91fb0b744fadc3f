/** A draft: the document of an automation as it is edited, its text in YAML, and what the host finds wrong with it. */

import { api, ApiError } from "../../core/api.js";
import { useCallback, useEffect, useMemo, useRef, useState } from "../../core/html.js";
import { useSession } from "../../core/session.js";
import { isAlike, isVerbatim } from "../../core/verbatim.js";
import { confirm } from "../../views/dialog.js";
import { toast } from "../../views/toast.js";
import { verbatim } from "../automations/acts.js";
import { byPointer, plain, within } from "./faults.js";
import { useComingBack } from "./known.js";
import { isObject, isSame, isWithin, valueAt, withValue } from "./pointer.js";

/** @typedef {import("./pointer.js").Pointer} Pointer */
/** @typedef {{[key: string]: any}} Document a document as the host reads it; parts of it may be wrong or missing */
/** @typedef {import("api").Schemas["Automation"]} Automation */
/** @typedef {import("api").Schemas["DocumentCheck"]["faults"][number]} Placed a fault as the host places it */
/** @typedef {{at: string, message: string, line: number | null}} Unread why a text in YAML cannot be read */

/**
 * @typedef {object} Draft
 * @property {Automation} automation the automation as it is saved
 * @property {Document} doc the document as it is edited
 * @property {() => Document} current the document as it is now, for what happens later
 * @property {(path: Pointer, value: any) => void} change puts a value at a place; undefined takes it away
 * @property {any} sample the sample payload; undefined when there is none
 * @property {{[path: Pointer]: string}} faults what is wrong, by place
 * @property {{[path: Pointer]: number}} lines the lines of faults in the text, where the host says them
 * @property {(path: Pointer) => string | undefined} faultAt what is wrong at exactly this place
 * @property {(path: Pointer) => string | undefined} faultWithin what is wrong at this place or below it
 * @property {(path: Pointer) => number} faultCount how many places are wrong there
 * @property {(path: Pointer, message: string | null) => void} hold says that what is typed at a place cannot be taken yet: until null
 *   is said it counts as wrong
 * @property {string} yaml the document in YAML, or the text as it is typed
 * @property {(text: string) => void} setYaml
 * @property {Unread | null} unread why the text in YAML cannot be read; the form must not be changed meanwhile
 * @property {boolean} locked whether nothing may be changed: for who may not, and while the text cannot be read
 * @property {boolean} dirty whether it differs from what is saved
 * @property {boolean} checking whether the host is looking at it
 * @property {Error | null} checkError why the host could not look at it
 * @property {() => Promise<boolean>} save
 * @property {boolean} saving
 * @property {number} refusals how often saving was refused for what is wrong
 * @property {() => void} discard
 * @property {() => Promise<void>} reload reads the saved automation again, and gives up what was edited
 * @property {(automation: Automation) => void} replace takes an automation that was saved otherwise, answered `verbatim`
 */

/** How long nothing is typed before the host looks, in milliseconds. */
const CHECK_AFTER_MS = 350;
const YAML = "application/yaml";
const SAMPLE = "/trigger/webhook/sample";

/** @type {{automation: Automation | null, doc: Document, yaml: string, unread: Unread | null, faults: {[path: Pointer]: string},
 *   held: {[path: Pointer]: string}, lines: {[path: Pointer]: number}, checking: boolean, checkError: Error | null, textIsNewer: boolean}} */
const NOTHING = { automation: null, doc: {}, yaml: "", unread: null, faults: {}, held: {}, lines: {}, checking: false, checkError: null, textIsNewer: false };

/**
 * The draft of an automation. `draft` is null until it is there.
 * @param {string} id
 * @returns {{draft: Draft | null, error: Error | null, retry: () => void}}
 */
export function useDraft(id) {
  const [state, setState] = useState(NOTHING);
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [saving, setSaving] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const latest = useRef(state);
  const check = useRef({ timer: 0, abort: new AbortController(), done: /** @type {Promise<void>} */ (Promise.resolve()) });
  const { can } = useSession();
  const mayEdit = useRef(false);
  mayEdit.current = can("editor");

  const patch = useCallback((/** @type {Partial<typeof NOTHING>} */ part) => {
    latest.current = { ...latest.current, ...part };
    setState(latest.current);
  }, []);

  const lookIn = useCallback((/** @type {number} */ delay) => {
    window.clearTimeout(check.current.timer);
    check.current.abort.abort();
    const abort = new AbortController();
    check.current.abort = abort;
    patch({ checking: true });
    check.current.done = new Promise((resolve) => {
      abort.signal.addEventListener("abort", () => resolve());
      check.current.timer = window.setTimeout(() => checked(latest.current, mayEdit.current, abort.signal).then((part) => {
        if (!abort.signal.aborted) patch({ checking: false, ...part });
        resolve();
      }), delay);
    });
  }, []);

  const replace = useCallback((/** @type {Automation} */ automation) => {
    patch({ ...NOTHING, automation, doc: automation.document });
    lookIn(0);
  }, []);

  const reload = useCallback(async () => {
    try {
      setError(null);
      replace(await api.get(`/automations/${encodeURIComponent(id)}`, { verbatim }));
    } catch (reason) {
      setError(/** @type {Error} */ (reason));
    }
  }, [id]);

  useEffect(() => {
    patch(NOTHING);
    void reload();
    return () => {
      window.clearTimeout(check.current.timer);
      check.current.abort.abort();
    };
  }, [id]);

  const change = useCallback((/** @type {Pointer} */ path, /** @type {any} */ value) => {
    const { unread, textIsNewer, checking } = latest.current;
    if (unread || (textIsNewer && checking)) return;
    const doc = withValue(latest.current.doc, path, value);
    patch({ doc: isObject(doc) ? doc : {}, textIsNewer: false });
    lookIn(CHECK_AFTER_MS);
  }, []);

  const setYaml = useCallback((/** @type {string} */ text) => {
    patch({ yaml: text, textIsNewer: true });
    lookIn(CHECK_AFTER_MS);
  }, []);

  const hold = useCallback((/** @type {Pointer} */ path, /** @type {string | null} */ message) => {
    const { [path]: before, ...others } = latest.current.held;
    if (message !== (before ?? null)) patch({ held: message === null ? others : { ...others, [path]: message } });
  }, []);

  const save = useCallback(async () => {
    await settled(check.current);
    const { automation, doc, unread, faults, held } = latest.current;
    if (!automation || unread || Object.keys({ ...faults, ...held }).length > 0) {
      setRefusals((before) => before + 1);
      return false;
    }
    setSaving(true);
    try {
      if (!(await isMine(automation))) return false;
      const applied = await api.put("/automations", doc);
      replace(await api.get(`/automations/${automation.id}`, { verbatim }));
      toast(applied.changed ? `Saved as version ${applied.version}` : "Nothing had changed", "ok");
      return true;
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      if (reason.faults.length > 0) patch({ faults: byPointer(reason.faults, doc), lines: {} });
      else toast(reason.detail || reason.title, "bad");
      return false;
    } finally {
      setSaving(false);
    }
  }, []);

  useComingBack(useCallback(() => {
    if (Object.keys(latest.current.faults).length > 0) lookIn(0);
  }, []));

  const discard = useCallback(() => {
    const { automation } = latest.current;
    if (automation) replace(automation);
  }, []);

  const draft = useMemo(() => {
    if (!state.automation) return null;
    const { automation, doc, lines, yaml, unread, checking, checkError } = state;
    const faults = { ...state.faults, ...state.held };
    const places = Object.keys(faults);
    return {
      automation, doc, change, hold, current: () => latest.current.doc, faults, lines, yaml, setYaml, unread, checking, checkError, save, saving, refusals, discard, reload, replace,
      sample: valueAt(doc, SAMPLE) ?? undefined,
      faultAt: (/** @type {Pointer} */ path) => faults[path],
      faultWithin: (/** @type {Pointer} */ path) => within(faults, path),
      faultCount: (/** @type {Pointer} */ path) => places.filter((place) => isWithin(place, path)).length,
      locked: unread !== null || !mayEdit.current,
      dirty: unread !== null || Object.keys(state.held).length > 0 || !isSame(doc, automation.document)
        || !isVerbatim(valueAt(doc, SAMPLE), valueAt(automation.document, SAMPLE)),
    };
  }, [state, saving, refusals, can("editor")]);

  return { draft, error, retry: () => void reload() };
}

/**
 * What the host says about a draft, as a part of its state. Who may not edit is shown the text of what is saved.
 * @param {typeof NOTHING} draft
 * @param {boolean} mayEdit
 * @param {AbortSignal} signal
 * @returns {Promise<Partial<typeof NOTHING>>}
 */
async function checked({ automation, doc, yaml, textIsNewer }, mayEdit, signal) {
  try {
    if (!mayEdit) return { yaml: await api.get(`/automations/${automation?.id}/document`, { accept: YAML, signal }) };
    const found = await (textIsNewer ? look(yaml, signal) : api.post("/automations/check", doc, { signal }));
    const read = isObject(found.document) ? found.document : {};
    const told = found.faults.map((/** @type {Placed} */ { path, message }) => ({ at: path, message }));
    const faults = { ...byPointer(told, read), ...renamed(automation, read) };
    // The lines of a form's faults are those of its text.
    const placed = textIsNewer || told.length === 0 ? found.faults : (await look(found.yaml, signal)).faults;
    const both = { faults, lines: linesOf(placed), unread: null, checkError: null };
    return textIsNewer ? { ...both, doc: keeping(doc, read) } : { ...both, yaml: found.yaml };
  } catch (reason) {
    if (textIsNewer && reason instanceof ApiError && (reason.status === 400 || reason.status === 422)) {
      return { unread: unreadBy(reason), checkError: null };
    }
    return { checkError: /** @type {Error} */ (reason) };
  }
}

/**
 * What the host says about a text in YAML.
 * @param {string} yaml
 * @param {AbortSignal} signal
 * @returns {Promise<{document: any, yaml: string, faults: Placed[]}>}
 */
function look(yaml, signal) {
  return api.post("/automations/check", yaml, { type: YAML, signal, verbatim });
}

/**
 * A document as its text in YAML says it, with the sample to the letter where the text did not change it: YAML has no spelling of numbers.
 * @param {Document} before
 * @param {Document} read
 */
function keeping(before, read) {
  const sample = valueAt(before, SAMPLE);
  return sample !== undefined && isAlike(sample, valueAt(read, SAMPLE)) ? withValue(read, SAMPLE, sample) : read;
}

/**
 * Whether nobody saved a version since this one was read; else whether it is to be saved all the same.
 * @param {Automation} automation
 */
async function isMine({ id, version }) {
  const now = await api.get(`/automations/${id}`);
  return now.version === version || confirm({
    title: `Version ${now.version} was saved meanwhile`,
    text: `You began with version ${version}. Saving yours makes version ${now.version + 1} without what the other one changed; it stays among the versions.`,
    confirm: "Save mine",
  });
}

/**
 * Documents are applied by name: under another one this would make a second automation and leave the first as it is.
 * @param {Automation | null} automation
 * @param {Document} doc
 * @returns {{[path: Pointer]: string}}
 */
function renamed(automation, doc) {
  if (!automation || doc.name === automation.name || typeof doc.name !== "string") return {};
  return { "/name": `this automation is called “${automation.name}” and keeps its name; duplicate it to have one of another name` };
}

/**
 * @param {Placed[]} faults
 * @returns {{[path: Pointer]: number}}
 */
function linesOf(faults) {
  return Object.fromEntries(faults.flatMap(({ path, line }) => (typeof line === "number" ? [[path, line]] : [])));
}

/**
 * @param {ApiError} refused
 * @returns {Unread}
 */
function unreadBy(refused) {
  const fault = refused.faults[0];
  const at = fault?.at ?? "";
  const line = at.match(/line (\d+)/)?.[1];
  return { at, message: plain(fault?.message ?? refused.detail ?? refused.title), line: line ? Number(line) : null };
}

/**
 * Waits until the last look ended; one that is begun meanwhile counts too.
 * @param {{done: Promise<void>}} check
 */
async function settled(check) {
  for (let seen; seen !== check.done;) {
    seen = check.done;
    await seen;
  }
}
