/** An effect as a line: what would be added, taken away or changed. */

/** @typedef {{kind: "new" | "gone" | "changed", sign: string, text: string}} Told */

/** @type {Record<string, (effect: any) => [Told["kind"], string]>} */
const EFFECTS = {
  "set-field": ({ name, value }) => ["changed", `${name} becomes ${JSON.stringify(value)}`],
  "clear-field": ({ name }) => ["gone", `${name} is emptied`],
  "add-tag": ({ tag }) => ["new", `tag ${tag}`],
  "remove-tag": ({ tag }) => ["gone", `tag ${tag}`],
  "add-to-list": ({ list }) => ["new", `list ${list}`],
  "remove-from-list": ({ list }) => ["gone", `list ${list}`],
  assign: ({ to }) => ["changed", `the conversation goes to ${to}`],
  unassign: () => ["changed", "the conversation is left to nobody"],
  close: () => ["changed", "the conversation is closed"],
  reopen: () => ["changed", "the conversation is opened again"],
  "add-note": ({ body }) => ["new", `note: ${body}`],
  send: ({ body, inbox, send_at }) => ["new", `message${inbox ? ` from ${inbox}` : ""}${send_at ? `, not before ${send_at}` : ""}: ${body}`],
};
const SIGNS = { new: "+", gone: "−", changed: "~" };

/**
 * @param {{kind: string}} effect
 * @returns {Told}
 */
export function told(effect) {
  const { kind: name, ...rest } = effect;
  const [kind, text] = EFFECTS[name]?.(effect) ?? ["changed", `${name} ${JSON.stringify(rest)}`];
  return { kind, sign: SIGNS[kind], text };
}
