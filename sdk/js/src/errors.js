// How things go wrong: what the host refuses, what the network does, and what an action says of itself.

/** Why the host did not take something. The call goes on; if it is not caught, the step fails for good with the same code. */
export class Refusal extends Error {
  /**
   * @param {'not-granted' | 'invalid' | 'limit'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** Why a request has no answer. If it is not caught, the step is tried again. */
export class HttpError extends Error {
  /**
   * @param {'timeout' | 'network'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
  }
}

/** How an action says that it did not succeed. `fail` makes them. */
export class Failure extends Error {
  /**
   * @param {'retryable' | 'permanent'} kind
   * @param {string} message
   * @param {{ code?: string, afterMs?: number }} [more]
   */
  constructor(kind, message, { code, afterMs } = {}) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
    this.code = code;
    this.afterMs = afterMs;
  }
}

export const fail = {
  /**
   * @param {string} message
   * @param {{ afterMs?: number }} [more]
   */
  retryable(message, { afterMs } = {}) {
    if (afterMs !== undefined && !(Number.isSafeInteger(afterMs) && afterMs >= 0)) {
      throw new TypeError(`afterMs is a whole number of milliseconds, not ${afterMs}`);
    }
    return new Failure('retryable', message, { afterMs });
  },

  /**
   * @param {string} code
   * @param {string} message
   */
  permanent(code, message) {
    return new Failure('permanent', message, { code });
  },
};

/**
 * The error as the contract's `failure`; `undefined` when it is a fault of the plugin.
 * @param {unknown} error
 */
export function asFailure(error) {
  if (error instanceof Failure && error.kind === 'retryable') {
    const afterMs = error.afterMs === undefined ? undefined : BigInt(error.afterMs);
    return { tag: 'retryable', val: { message: error.message, afterMs } };
  }
  if (error instanceof Failure || error instanceof Refusal) {
    return { tag: 'permanent', val: { code: String(error.code), message: error.message } };
  }
  if (error instanceof HttpError) {
    return { tag: 'retryable', val: { message: error.message, afterMs: undefined } };
  }
  return undefined;
}
