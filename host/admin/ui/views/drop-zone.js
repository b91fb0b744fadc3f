/** A place for a file: dropped, or chosen with the browser's own dialog. */
import { classes, html, useRef, useState } from "../core/html.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** @param {{ accept?: string, onFile: (file: File) => void, title: any, text?: any, busy?: boolean, button?: string }} props */
export function DropZone({ accept = ".wasm", onFile, title, text, busy, button = "Choose a file" }) {
  const [over, setOver] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const take = (/** @type {FileList | null | undefined} */ files) => {
    if (!busy && files?.[0]) onFile(files[0]);
    if (input.current) input.current.value = "";
  };
  const dragged = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(event.type === "dragover" && !busy);
  };
  const dropped = (/** @type {DragEvent} */ event) => {
    dragged(event);
    take(event.dataTransfer?.files);
  };
  return html`<div class=${classes("drop", { "drop-over": over, busy })} onDragOver=${dragged} onDragLeave=${dragged} onDrop=${dropped}>
    <span class="empty-icon"><${Icon} name="upload" size=${20} /></span>
    <p class="empty-title">${title}</p>
    ${text && html`<p class="empty-text">${text}</p>`}
    <input ref=${input} type="file" accept=${accept} class="sr-only" tabindex="-1" aria-label=${button} onChange=${(/** @type {any} */ event) => take(event.target.files)} />
    <${Button} busy=${busy} onClick=${() => input.current?.click()}>${button}<//>
  </div>`;
}
