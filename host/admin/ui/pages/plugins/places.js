/** Places in the outcome of a dry run (`steps[0].effects[1].tag`) as people read them: `Step 1 › effect 2 › tag`. */

/** @type {Record<string, string>} */
const NOUNS = {
  steps: "step",
  effects: "effect",
  messages: "message",
  conversations: "conversation",
  calls: "call",
  media: "attachment",
  tags: "tag",
  lists: "list",
};

/**
 * @param {string} at
 * @returns {string}
 */
export function placeText(at) {
  const text = parts(at).join(" › ");
  return text === "" ? "Everything" : text[0].toUpperCase() + text.slice(1);
}

/** @param {string} at */
function parts(at) {
  return at.split(".").map((part) => {
    const [, name, index] = /^(.*?)\[(\d+)\]$/.exec(part) ?? [];
    if (name === undefined) return part.replaceAll("_", " ");
    return `${NOUNS[name] ?? name} ${Number(index) + 1}`;
  });
}
