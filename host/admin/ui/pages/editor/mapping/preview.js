/** The live preview of a mapping: what the host makes of the sample, asked whenever either changes. */
import { api } from "../../../core/api.js";
import { html, useEffect, useState } from "../../../core/html.js";
import { useSettled } from "../../../core/load.js";
import { readWith, written } from "../../../core/verbatim.js";
import { Spinner } from "../../../views/empty.js";

/** @typedef {{ value?: any, type?: string, fault?: string | null }} ShownValue */
/** @typedef {{ identifier: ShownValue | null, fields: (ShownValue | undefined)[], waiting: boolean }} Preview */

/** @type {Preview} */
const NOTHING = { identifier: null, fields: [], waiting: false };

/**
 * What the mapping of a trigger makes of a sample. Faults of its form stand beside their fields; here it is shown what it can be.
 * @param {any} webhook
 * @param {any} sample
 * @param {boolean} may whether the host shows it to this role
 * @returns {Preview}
 */
export function usePreview(webhook, sample, may) {
  const [preview, setPreview] = useState(NOTHING);
  const asked = useSettled(written([webhook.identifier ?? null, webhook.map ?? [], webhook.each ?? null, sample ?? null]), 300);
  useEffect(() => {
    const [identifier, map, each, payload] = readWith(asked, [["3"]]);
    if (!may || payload === null || identifier === null) {
      setPreview(NOTHING);
      return undefined;
    }
    const over = new AbortController();
    setPreview((before) => ({ ...before, waiting: true }));
    const mapping = { identifier, map, ...(each === null ? {} : { each }) };
    api.post("/mapping/preview", { mapping, sample: payload }, { signal: over.signal }).then(
      (shown) => setPreview({ ...shown, waiting: false }),
      () => {
        // What cannot be previewed has faults, and these are shown by the check of the draft.
        if (!over.signal.aborted) setPreview(NOTHING);
      },
    );
    return () => over.abort();
  }, [asked, may]);
  return preview;
}

/**
 * One value of the preview, or why there is none.
 * @param {{ shown: ShownValue | null | undefined, waiting: boolean }} props
 */
export function Shown({ shown, waiting }) {
  if (!shown) return html`<output class="shown faint">${waiting ? html`<${Spinner} label="Looking" />` : "–"}</output>`;
  if (shown.fault) return html`<output class="shown bad">${shown.fault}</output>`;
  if (shown.value === null || shown.value === undefined) return html`<output class="shown faint" title="Nothing is written">nothing</output>`;
  const text = typeof shown.value === "string" ? shown.value : JSON.stringify(shown.value);
  return html`<output class="shown mono truncate" title=${text}>${text}</output>`;
}
