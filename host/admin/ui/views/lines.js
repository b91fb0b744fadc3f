/** The difference of two texts, line by line. */

/** @typedef {{ kind: "same" | "gone" | "new", text: string, before: number | null, after: number | null }} Line lines are counted from 1 */

/** Past so many cells of the table the middle is told as replaced: 1,500 × 1,500 lines. */
const CELLS_MAX = 2_250_000;

/**
 * @param {string} before
 * @param {string} after
 * @returns {Line[]}
 */
export function difference(before, after) {
  const [old, now] = [before, after].map((text) => text.replace(/\n$/, "").split("\n"));
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  /** @type {Line[]} */
  const lines = [];
  const same = (/** @type {number} */ at, /** @type {number} */ to) => lines.push({ kind: "same", text: old[at], before: at + 1, after: to + 1 });
  for (let at = 0; at < head; at += 1) same(at, at);
  lines.push(...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail), head));
  for (let at = tail; at > 0; at -= 1) same(old.length - at, now.length - at);
  return lines;
}

/** @param {string[]} old @param {string[]} now @param {number} from @returns {Line[]} */
function middle(old, now, from) {
  const gone = (/** @type {number} */ at) => /** @type {Line} */ ({ kind: "gone", text: old[at], before: from + at + 1, after: null });
  const added = (/** @type {number} */ at) => /** @type {Line} */ ({ kind: "new", text: now[at], before: null, after: from + at + 1 });
  if (old.length * now.length > CELLS_MAX) return [...old.map((_, at) => gone(at)), ...now.map((_, at) => added(at))];
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  for (let a = old.length - 1; a >= 0; a -= 1) {
    for (let b = now.length - 1; b >= 0; b -= 1) {
      const next = old[a] === now[b] ? longest[(a + 1) * width + b + 1] + 1 : Math.max(longest[(a + 1) * width + b], longest[a * width + b + 1]);
      longest[a * width + b] = next;
    }
  }
  /** @type {Line[]} */
  const lines = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < now.length) {
    if (a < old.length && b < now.length && old[a] === now[b]) {
      lines.push({ kind: "same", text: old[a], before: from + a + 1, after: from + b + 1 });
      a += 1;
      b += 1;
    } else if (a < old.length && (b === now.length || longest[(a + 1) * width + b] >= longest[a * width + b + 1])) {
      lines.push(gone(a));
      a += 1;
    } else {
      lines.push(added(b));
      b += 1;
    }
  }
  return lines;
}
