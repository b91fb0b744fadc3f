/** What the API says of runs and captures, as types; nothing of it is code. */

/** @typedef {import("api").Schemas} Schemas */

/** A run as lists and the live stream tell it. @typedef {Schemas["RunBrief"]} RunBrief */
/** One run, whole. @typedef {Schemas["Run"]} Run */
/** What became of one step. @typedef {Schemas["Step"]} Step */
/** @typedef {Schemas["Effect"]} Effect */
/** @typedef {Schemas["LogLine"]} LogLine */
/** @typedef {Schemas["RunFailure"]} Failure */
/** One accepted request, as lists tell it. @typedef {Schemas["Capture"]} Capture */
/** One accepted request, with its headers and the text of its body. @typedef {Schemas["WholeCapture"]} WholeCapture */
/** @typedef {Schemas["Automation"]} AutomationRow */

export {};
