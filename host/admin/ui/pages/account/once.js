/** The secret after `#` of a link that counts once: it is taken out of the address, so that it stays in no history. */
import { useState } from "../../core/html.js";

/** @returns {string} what stood after `#` when the page was opened */
export function useLinkSecret() {
  const [secret] = useState(() => {
    const text = window.location.hash.slice(1);
    if (text) window.history.replaceState(window.history.state, "", window.location.pathname);
    return text;
  });
  return secret;
}
