/** Values that keep the text they were read from: to the host goes what came, or was typed, to the letter. */

/*
 * What a browser makes of JSON loses digits of long numbers, their spelling, and the order of keys that look like numbers.
 */

/** @type {WeakMap<object, string>} */
const texts = new WeakMap();

/**
 * The value of a JSON text; `textOf` gives the text again.
 * @param {string} text
 * @returns {any}
 */
export function read(text) {
  const value = JSON.parse(text);
  if (isHeld(value)) texts.set(value, text.trim());
  return value;
}

/**
 * The value of a JSON text in which what lies at these places keeps its text. A place is a list of keys; `*` is every element of an array.
 * @param {string} text
 * @param {string[][]} places
 * @returns {any}
 */
export function readWith(text, places) {
  const value = JSON.parse(text);
  for (const place of places) keep(value, text, 0, place);
  return value;
}

/**
 * The text of a value: the one it was read from, else a new one.
 * @param {any} value
 * @returns {string}
 */
export function textOf(value) {
  return (isHeld(value) ? texts.get(value) : undefined) ?? written(value);
}

/**
 * A value as JSON. What keeps its text, here or within, is written by it.
 * @param {any} value
 * @returns {string}
 */
export function written(value) {
  /** @type {string[]} */
  const kept = [];
  // Nobody who wrote a text within the value can know it.
  const mark = `verbatim-${crypto.getRandomValues(new Uint32Array(4)).join("-")}-`;
  const text = JSON.stringify(value, (_, inner) => {
    const own = isHeld(inner) ? texts.get(inner) : undefined;
    return own === undefined ? inner : `${mark}${kept.push(own) - 1}`;
  });
  return kept.length === 0 ? text : text.replaceAll(new RegExp(`"${mark}(\\d+)"`, "g"), (_, index) => /** @type {string} */ (kept[Number(index)]));
}

/**
 * Whether two values are the same to the letter, but for white space.
 * @param {any} one
 * @param {any} other
 */
export function isVerbatim(one, other) {
  return one === other || compact(textOf(one) ?? "") === compact(textOf(other) ?? "");
}

/**
 * Whether two values are the same to the letter, whatever the spelling of their texts and of numbers that are not whole: YAML has none.
 * @param {any} one
 * @param {any} other
 */
export function isAlike(one, other) {
  const [mine, theirs] = [one, other].map((value) => tokensOf(textOf(value) ?? ""));
  return mine.length === theirs.length && mine.every((token, index) => token === theirs[index] || isOneValue(token, theirs[index]));
}

/** @param {string} one @param {string} other */
function isOneValue(one, other) {
  const [mine, theirs] = [one, other].map((token) => (/^"|[.eE]/.test(token) ? JSON.parse(token) : undefined));
  return mine !== undefined && mine === theirs;
}

/**
 * A value as JSON on one line.
 * @param {any} value
 * @returns {string}
 */
export function onOneLine(value) {
  return compact(textOf(value));
}

/**
 * A JSON text with each member and element on a line of its own, and every sign of it as it was.
 * @param {string} text
 * @returns {string}
 */
export function indented(text) {
  let depth = 0;
  let out = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = tokensOf(text);
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      out += token + (next === "}" || next === "]" ? "" : line());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const before = tokens[index - 1];
      out += (before === "{" || before === "[" ? "" : line()) + token;
    } else if (token === ",") out += token + line();
    else out += token === ":" ? ": " : token;
  });
  return out;
}

/** What JSON is made of: texts, brackets and signs, and what stands between them. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** @param {string} text @returns {string[]} */
function tokensOf(text) {
  return text.match(TOKENS) ?? [];
}

/**
 * A JSON text without the white space between its values.
 * @param {string} text
 */
function compact(text) {
  return tokensOf(text).join("");
}

/** @param {any} value @returns {value is object} */
function isHeld(value) {
  return typeof value === "object" && value !== null;
}

/**
 * Keeps the text of what lies at a place of a value, whose own text begins at `at`.
 * @param {any} value
 * @param {string} text
 * @param {number} at
 * @param {string[]} place
 */
function keep(value, text, at, [key, ...rest]) {
  if (!isHeld(value)) return;
  if (key === undefined) {
    texts.set(value, text.slice(at, endOf(text, at)).trim());
    return;
  }
  for (const [name, begins] of parts(text, at)) {
    const inner = /** @type {any} */ (value)[name];
    if (key === "*" ? Array.isArray(value) : name === key) keep(inner, text, begins, rest);
  }
}

/**
 * The members or elements of what begins at a place of a text, each with where its value begins.
 * @param {string} text
 * @param {number} at
 * @returns {[string, number][]}
 */
function parts(text, at) {
  /** @type {[string, number][]} */
  const found = [];
  const isArray = text[next(text, at)] === "[";
  let here = next(text, next(text, at) + 1);
  while (here < text.length && text[here] !== "}" && text[here] !== "]") {
    let name = String(found.length);
    if (!isArray) {
      const end = endOf(text, here);
      name = JSON.parse(text.slice(here, end));
      here = next(text, next(text, end) + 1);
    }
    found.push([name, here]);
    here = next(text, endOf(text, here));
    if (text[here] === ",") here = next(text, here + 1);
  }
  return found;
}

/** Where the next sign stands that is no white space. @param {string} text @param {number} at */
function next(text, at) {
  let here = at;
  while (here < text.length && /\s/.test(/** @type {string} */ (text[here]))) here += 1;
  return here;
}

/**
 * Where the value ends that begins at a place of a JSON text.
 * @param {string} text
 * @param {number} at
 */
function endOf(text, at) {
  const tokens = new RegExp(TOKENS.source, "g");
  tokens.lastIndex = at;
  let depth = 0;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if (token[0] === "{" || token[0] === "[") depth += 1;
    else if (token[0] === "}" || token[0] === "]") depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return text.length;
}
