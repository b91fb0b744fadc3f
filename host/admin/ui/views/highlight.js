/** Cuts JSON, YAML and curl lines into coloured parts. It judges nothing: what it does not know stays plain. */

/** @typedef {{ text: string, kind: "key" | "string" | "number" | "literal" | "comment" | "mark" | "" }} Part */

/** @typedef {"json" | "yaml" | "text" | "curl"} Language */

/** Longer lines stay plain. */
const LINE_CHARS_MAX = 2_000;

/** By language: what a part looks like, tried in this order at each place. @type {Record<Language, [RegExp, Part["kind"]][]>} */
const RULES = {
  json: [
    [/"(?:[^"\\]|\\.)*"(?=\s*:)/y, "key"],
    [/"(?:[^"\\]|\\.)*"?/y, "string"],
    [/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y, "number"],
    [/\b(?:true|false|null)\b/y, "literal"],
    [/[{}[\],:]/y, "mark"],
  ],
  yaml: [
    [/#.*$/y, "comment"],
    [/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w$.-][^:#'"{}[\],]*?)(?=:(?:\s|$))/y, "key"],
    [/"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?/y, "string"],
    [/-?\d+(?:\.\d+)?(?=[\s,\]}]|$)/y, "number"],
    [/(?:true|false|null|~)(?=[\s,\]}]|$)/y, "literal"],
    [/[{}[\],:|>-]/y, "mark"],
    [/[^\s{}[\],:#'"]+/y, ""],
  ],
  curl: [
    [/'[^']*'?|"(?:[^"\\]|\\.)*"?/y, "string"],
    [/(?:^|(?<=\s))--?[A-Za-z][\w-]*/y, "key"],
    [/^curl\b/y, "literal"],
    [/\\$/y, "mark"],
    [/[^\s'"]+/y, ""],
  ],
  text: [],
};

/**
 * The parts of one line.
 * @param {string} line
 * @param {Language} language
 * @returns {Part[]}
 */
export function partsOf(line, language) {
  const rules = RULES[language];
  if (rules.length === 0 || line.length > LINE_CHARS_MAX) return [{ text: line, kind: "" }];
  /** @type {Part[]} */
  const parts = [];
  const push = (/** @type {string} */ text, /** @type {Part["kind"]} */ kind) => {
    const last = parts[parts.length - 1];
    if (last && last.kind === kind) last.text += text;
    else parts.push({ text, kind });
  };
  for (let at = 0; at < line.length; ) {
    const hit = firstHit(rules, line, at);
    push(hit ? hit.text : line[at], hit ? hit.kind : "");
    at += hit ? hit.text.length : 1;
  }
  return parts;
}

/** @param {[RegExp, Part["kind"]][]} rules @param {string} line @param {number} at @returns {Part | null} */
function firstHit(rules, line, at) {
  for (const [pattern, kind] of rules) {
    pattern.lastIndex = at;
    const text = pattern.exec(line)?.[0];
    if (text) return { text, kind };
  }
  return null;
}
