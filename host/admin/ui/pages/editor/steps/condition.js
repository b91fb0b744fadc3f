/** Conditions in a form: the common ones as subject, comparison and value, everything else as CEL. */

/** @typedef {{path: string, is: string, value: string}} Simple a condition of one comparison */

/** The comparisons, in words. Those without a value ask whether something is there. */
export const COMPARISONS = [
  { value: "equals", label: "is" },
  { value: "differs", label: "is not" },
  { value: "contains", label: "contains" },
  { value: "begins", label: "begins with" },
  { value: "more", label: "is more than" },
  { value: "less", label: "is less than" },
  { value: "present", label: "is there" },
  { value: "absent", label: "is not there" },
];

/** Those that compare texts alone: quotes are part of what is typed. */
const TEXTUAL = ["contains", "begins"];
const PATH = String.raw`(?:payload|contact|steps)(?:\.[A-Za-z_][A-Za-z0-9_]*)+`;
/** A text that CEL would read as a number, true or false. */
const BARE = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false)$/;
const LITERAL = String.raw`(?:"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false)`;
/** @type {[string, (path: string, literal: string) => string][]} each comparison as it is written */
const WRITTEN = [
  ["equals", (path, literal) => `has(${path}) && ${path} == ${literal}`],
  ["differs", (path, literal) => `!has(${path}) || ${path} != ${literal}`],
  ["contains", (path, literal) => `has(${path}) && ${path}.contains(${literal})`],
  ["begins", (path, literal) => `has(${path}) && ${path}.startsWith(${literal})`],
  ["more", (path, literal) => `has(${path}) && ${path} > ${literal}`],
  ["less", (path, literal) => `has(${path}) && ${path} < ${literal}`],
  ["present", (path) => `has(${path})`],
  ["absent", (path) => `!has(${path})`],
];

/**
 * A condition as CEL. A name that is not there would be an error, so it asks for it first.
 * @param {Simple} simple
 * @param {boolean} [isText] whether what is there is known to be a text: the value is one then, whatever it looks like
 * @returns {string}
 */
export function written({ path, is, value }, isText = false) {
  const write = WRITTEN.find(([name]) => name === is)?.[1];
  return write && path !== "" ? write(path, literal(value, is, isText)) : "";
}

/**
 * A text of CEL as a simple condition; null when it says more than one.
 * @param {string} text
 * @returns {Simple | null}
 */
export function read(text) {
  const bare = text.trim();
  const path = bare.match(new RegExp(`^!?(?:has\\()?(${PATH})`))?.[1];
  if (path === undefined) return null;
  const short = bare.match(new RegExp(`^${PATH}\\s*(==|!=|>|<)\\s*(${LITERAL})$`));
  if (short) {
    const is = { "==": "equals", "!=": "differs", ">": "more", "<": "less" }[/** @type {"==" | "!=" | ">" | "<"} */ (short[1])];
    return { path, is, value: shown(/** @type {string} */ (short[2]), is) };
  }
  const said = bare.match(new RegExp(`(${LITERAL})\\)?$`))?.[1] ?? "";
  const found = WRITTEN.find(([, write]) => write(path, said) === bare);
  return found ? { path, is: found[0], value: shown(said, found[0]) } : null;
}

/**
 * Whether a comparison has a value.
 * @param {string} is
 */
export function hasValue(is) {
  return is !== "present" && is !== "absent";
}

/**
 * What somebody types as CEL writes it: numbers and true and false as such, unless they stand in quotes.
 * @param {string} value
 * @param {string} is
 * @param {boolean} isText
 */
function literal(value, is, isText) {
  const isPlain = TEXTUAL.includes(is);
  if (!isPlain && !isText && BARE.test(value)) return value;
  const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return JSON.stringify(quoted && !isPlain ? value.slice(1, -1) : value);
}

/**
 * A literal as somebody would type it.
 * @param {string} said
 * @param {string} is
 */
function shown(said, is) {
  if (!said.startsWith('"')) return said;
  try {
    const text = JSON.parse(said);
    const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
    return !TEXTUAL.includes(is) && (isQuoted || BARE.test(text)) ? `"${text}"` : text;
  } catch {
    return said;
  }
}
