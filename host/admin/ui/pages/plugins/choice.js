/** Which scopes of what a version asks are picked, while somebody decides about them. */

/** @typedef {import("./data.js").Need} Need */

/**
 * One scope of one capability, as a key.
 * @param {string} capability
 * @param {string} scope
 */
export function keyOf(capability, scope) {
  return `${capability} ${scope}`;
}

/**
 * Every scope that these needs name.
 * @param {Need[]} needs
 * @returns {ReadonlySet<string>}
 */
export function scopesOf(needs) {
  return new Set(needs.flatMap((need) => need.scope.map((scope) => keyOf(need.capability, scope))));
}

/**
 * The pick with these scopes of a need in it, or not in it.
 * @param {ReadonlySet<string>} picked
 * @param {Need} need
 * @param {string[]} scopes
 * @param {boolean} wanted
 * @returns {ReadonlySet<string>}
 */
export function withScopes(picked, need, scopes, wanted) {
  const next = new Set(picked);
  for (const scope of scopes) {
    const key = keyOf(need.capability, scope);
    if (wanted) {
      next.add(key);
    } else {
      next.delete(key);
    }
  }
  return next;
}

/**
 * How many of a need's scopes are picked: all of them, some, none.
 * @param {ReadonlySet<string>} picked
 * @param {Need} need
 * @returns {"all" | "some" | "none"}
 */
export function share(picked, need) {
  const count = need.scope.filter((scope) => picked.has(keyOf(need.capability, scope))).length;
  if (count === 0) return "none";
  return count === need.scope.length ? "all" : "some";
}

/**
 * The pick as the API takes it, each scope once.
 * @param {Need[]} needs
 * @param {ReadonlySet<string>} picked
 * @returns {{capability: string, scope: string[]}[]}
 */
export function wishOf(needs, picked) {
  /** @type {Map<string, Set<string>>} */
  const wanted = new Map();
  for (const { capability, scope } of needs) {
    for (const one of scope.filter((text) => picked.has(keyOf(capability, text)))) {
      wanted.set(capability, (wanted.get(capability) ?? new Set()).add(one));
    }
  }
  return [...wanted].map(([capability, scope]) => ({ capability, scope: [...scope] }));
}
