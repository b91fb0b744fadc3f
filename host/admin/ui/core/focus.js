/** Where the focus goes on when what had it is gone: it never falls back to the beginning of the page. */

/** What can be filled in, and what can be pressed. The cross of a dialog is no place to begin. */
const FIELDS = "input:not([type=radio]), input:checked, select, textarea, [role=combobox]";
const PRESSED = "button, a[href], summary";

/**
 * The first place below an element that takes the focus and is seen.
 * @param {Element | null | undefined} root
 * @param {string} selector
 * @returns {HTMLElement | undefined}
 */
function first(root, selector) {
  const found = /** @type {HTMLElement[]} */ ([...(root?.querySelectorAll(selector) ?? [])]);
  return found.find((one) => !one.matches(":disabled, [tabindex='-1']") && one.checkVisibility());
}

/**
 * Puts the focus on the first field of what is below an element.
 * @param {Element | null | undefined} root
 */
export function focusField(root) {
  first(root, FIELDS)?.focus();
}

/**
 * Puts the focus where somebody begins in a dialog: its first field, else its first button, else the first of its actions.
 * @param {HTMLDialogElement | null} dialog
 */
export function focusDialog(dialog) {
  const body = dialog?.querySelector(".dialog-body");
  (first(body, FIELDS) ?? first(body, PRESSED) ?? first(dialog?.querySelector(".dialog-foot"), PRESSED))?.focus();
}

/** What had the focus last. @type {Element | null} */
let last = null;

document.addEventListener("focusin", (event) => {
  last = event.target instanceof Element ? event.target : null;
});

/** Whether what had the focus was taken away or turned off. */
const isGone = () => last !== null && (!last.isConnected || last.matches(":disabled") || !last.checkVisibility());

/** Goes on in the dialog that is on top, else in the page. */
function goOn() {
  isSoon = false;
  if (!isGone() || (document.activeElement ?? document.body) !== document.body) return;
  const dialogs = /** @type {NodeListOf<HTMLDialogElement>} */ (document.querySelectorAll("dialog:modal"));
  if (dialogs.length > 0) focusDialog(dialogs[dialogs.length - 1]);
  else document.getElementById("main")?.focus({ preventScroll: true });
}

let isSoon = false;

// After the next frame: whoever drew something else may have a better place in mind, and only then what was turned off has no focus.
const watcher = new MutationObserver(() => {
  if (isSoon || !isGone()) return;
  isSoon = true;
  requestAnimationFrame(() => setTimeout(goOn));
});
watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "open"] });
