/** Lists that are typed as lines. */

/** The lines of a text that say something. @param {string} text */
export function lines(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
