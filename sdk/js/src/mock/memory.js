// Plugin state under the mock host, by the rules of a real one. The clock stands still during a call, so nothing expires in it.

import { Refusal } from '../errors.js';
import { granted, stateKey, stateValue } from './rules.js';

const KEYS_OF_A_CALL_MAX = 100;
const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];

export class Memory {
  /**
   * @param {Record<string, string>} kept
   * @param {import('./rules.js').Grants} grants
   */
  constructor(kept, grants) {
    this.kept = new Map(Object.entries(kept));
    this.grants = grants;
    /** @type {Set<string>} */
    this.used = new Set();
  }

  /** @param {string} key */
  get(key) {
    this.open(key);
    return this.kept.get(key);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {bigint | undefined} ttlMs
   */
  set(key, value, ttlMs) {
    this.open(key);
    stateValue(value);
    if (ttlMs === 0n) {
      throw new Refusal('invalid', 'a value is kept for at least a millisecond');
    }
    this.kept.set(key, value);
  }

  /** @param {string} key */
  delete(key) {
    this.open(key);
    this.kept.delete(key);
  }

  /**
   * @param {string} key
   * @param {bigint} by
   */
  increment(key, by) {
    this.open(key);
    const before = this.kept.get(key) ?? '0';
    if (!/^[+-]?\d+$/.test(before)) {
      throw new Refusal('invalid', 'what is kept under this key is no whole number');
    }
    const sum = BigInt(before) + by;
    if (sum < LEAST || sum > MOST) {
      throw new Refusal('invalid', 'the sum is past the whole numbers of 64 bits');
    }
    this.kept.set(key, String(sum));
    return sum;
  }

  /**
   * Refuses a key that the call may not use.
   * @param {string} key
   */
  open(key) {
    stateKey(key);
    granted(this.grants, 'state', key);
    if (this.used.size >= KEYS_OF_A_CALL_MAX && !this.used.has(key)) {
      throw new Refusal('limit', `a step may use ${KEYS_OF_A_CALL_MAX} keys of state`);
    }
    this.used.add(key);
  }
}
