/** What the API says of runs and captures, as types; nothing of it is code. */

/** @typedef {"queued"|"running"|"waiting"|"held"|"succeeded"|"failed"|"cancelled"} RunState */

/** @typedef {{code: string, message: string, step: string|null}} BriefFailure */

/**
 * A run as lists and the live stream tell it.
 * @typedef {object} RunBrief
 * @property {string} id
 * @property {string} automation
 * @property {string|null} automation_name
 * @property {number} automation_version
 * @property {string} capture
 * @property {string|null} contact
 * @property {string|null} contact_name
 * @property {RunState} state
 * @property {string} began_at
 * @property {string|null} ended_at
 * @property {number|null} duration_ms
 * @property {number} steps
 * @property {number} attempts
 * @property {BriefFailure|null} failure
 * @property {string|null} replay_of
 * @property {string|null} replayed_by
 * @property {string|null} due_at
 */

/** @typedef {{at: string, code: string, message: string}} Failure */

/** @typedef {{kind: string, [part: string]: unknown}} Effect */

/** @typedef {{level: "debug"|"info"|"warn"|"error", message: string}} LogLine */

/**
 * What became of one step.
 * @typedef {object} Step
 * @property {string} name
 * @property {string} action
 * @property {string} plugin
 * @property {string|null} digest
 * @property {"succeeded"|"skipped"|"waiting"|"retrying"|"tolerated"|"failed"} state
 * @property {number} attempts
 * @property {unknown} input
 * @property {unknown} output
 * @property {Effect[]} effects
 * @property {LogLine[]} log
 * @property {number} duration_us
 * @property {number} memory_bytes
 * @property {Failure|null} failure
 */

/**
 * One run, whole.
 * @typedef {object} Run
 * @property {string} id
 * @property {string} automation
 * @property {number} automation_version
 * @property {string} capture
 * @property {number|null} item
 * @property {{of: string, steps_kept: number}|null} replay
 * @property {string|null} replayed_by
 * @property {string|null} contact
 * @property {RunState} state
 * @property {Failure|null} failure
 * @property {Step[]} steps
 * @property {string} began_at
 * @property {string|null} finished_at
 * @property {string|null} due_at
 */

/**
 * One accepted request.
 * @typedef {object} Capture
 * @property {string} id
 * @property {string} automation
 * @property {number} automation_version
 * @property {string} received_at
 * @property {RunState} state
 * @property {Record<string, number>} states
 * @property {unknown} body
 * @property {string} [body_text]
 * @property {number} [bytes]
 * @property {[string, string][]} [headers]
 * @property {string|null} [from]
 * @property {string[]} runs
 */

/** @typedef {{id: string, name: string, state: string, version: number}} AutomationRow */

export {};
