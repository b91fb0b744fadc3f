/** The command that sends a payload, ready to be pasted into a shell. */
import { onOneLine } from "../../../core/verbatim.js";

/**
 * A text as one word of a POSIX shell.
 * @param {string} text
 * @returns {string}
 */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The curl line of a trigger. Without a key it names a variable, because a key is shown once.
 * @param {string} url
 * @param {string | null} key
 * @param {unknown} payload
 * @returns {string}
 */
export function curl(url, key, payload) {
  const lines = [`curl -X POST ${quoted(url)}`, "-H 'Content-Type: application/json'"];
  lines.push(key === null ? "-H \"Authorization: Bearer $KEY\"" : `-H ${quoted(`Authorization: Bearer ${key}`)}`);
  lines.push(`-d ${quoted(onOneLine(payload ?? {}))}`);
  return lines.join(" \\\n  ");
}
