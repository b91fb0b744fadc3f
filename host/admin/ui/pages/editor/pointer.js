/** JSON pointers: reading and changing a document by place, and the places that the host names as pointers. */

/** @typedef {string} Pointer a JSON pointer (RFC 6901): "" is the whole document, "/steps/0/when" a part of it */

/**
 * The parts of a pointer.
 * @param {Pointer} pointer
 * @returns {string[]}
 */
export function parts(pointer) {
  if (pointer === "") return [];
  return pointer.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/**
 * A pointer to something below another.
 * @param {Pointer} pointer
 * @param {...(string | number)} keys
 * @returns {Pointer}
 */
export function below(pointer, ...keys) {
  return pointer + keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/**
 * Whether a pointer is another or is below it.
 * @param {Pointer} pointer
 * @param {Pointer} outer
 */
export function isWithin(pointer, outer) {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}

/**
 * The value at a pointer; undefined when nothing is there.
 * @param {any} value
 * @param {Pointer} pointer
 * @returns {any}
 */
export function valueAt(value, pointer) {
  let found = value;
  for (const part of parts(pointer)) {
    if (found === null || typeof found !== "object" || !Object.hasOwn(found, part)) return undefined;
    found = found[part];
  }
  return found;
}

/**
 * A copy of a value with another one at a pointer; with undefined the key is taken away, in an array its element. Objects that
 * are not there yet are made on the way.
 * @param {any} value
 * @param {Pointer} pointer
 * @param {any} next
 * @returns {any}
 */
export function withValue(value, pointer, next) {
  const [part, ...rest] = parts(pointer);
  if (part === undefined) return next;
  const inner = rest.length === 0 ? next : withValue(member(value, part), below("", ...rest), next);
  if (Array.isArray(value)) {
    const items = [...value];
    if (inner === undefined) items.splice(Number(part), 1);
    else items[Number(part)] = inner;
    return items;
  }
  /** @type {{[key: string]: any}} */
  const members = { ...(isObject(value) ? value : {}) };
  if (inner === undefined) delete members[part];
  else define(members, part, inner);
  return members;
}

/**
 * The pointer of a place as the host writes it: `steps[1].settings.list`. Keys with dots in them are found by looking at the
 * document. What is a pointer already stays one.
 * @param {string} place
 * @param {any} document
 * @returns {Pointer}
 */
export function pointerOf(place, document) {
  if (place === "" || place.startsWith("/")) return place;
  let [rest, found, pointer] = [place, document, ""];
  while (rest !== "") {
    const index = rest.match(/^\.?\[(\d+)\]/);
    const bare = rest.replace(/^\./, "");
    const key = index?.[1] ?? nextKey(bare, found);
    rest = index ? rest.slice(index[0].length) : bare.slice(key.length);
    pointer = below(pointer, key);
    found = member(found, key);
  }
  return pointer;
}

/**
 * Whether two JSON values are the same, whatever the order of their keys.
 * @param {any} one
 * @param {any} other
 * @returns {boolean}
 */
export function isSame(one, other) {
  if (one === other) return true;
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]));
}

/**
 * Whether a value is a JSON object.
 * @param {any} value
 * @returns {value is {[key: string]: any}}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Sets a member whatever its name is: an assignment to `__proto__` would be none.
 * @param {{[key: string]: any}} members
 * @param {string} key
 * @param {any} value
 */
function define(members, key, value) {
  Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * @param {any} value
 * @param {string} key
 */
function member(value, key) {
  return value !== null && typeof value === "object" && Object.hasOwn(value, key) ? value[key] : undefined;
}

/**
 * The longest key of an object that a place begins with; else what stands before the next dot or bracket.
 * @param {string} place
 * @param {any} value
 * @returns {string}
 */
function nextKey(place, value) {
  const begins = (/** @type {string} */ key) => place === key || (place.startsWith(key) && /^[.[]/.test(place.slice(key.length)));
  const known = isObject(value) ? Object.keys(value).filter((key) => key !== "" && begins(key)) : [];
  if (known.length > 0) return known.reduce((longest, key) => (key.length > longest.length ? key : longest));
  return place.match(/^[^.[]+|^./s)?.[0] ?? "";
}
