/** The panels of the editor, and which places of a document each shows. */

/** @param {string} key */
const inWebhook = (key) => `/trigger/webhook/${key}`;

/** The places of a document that each panel shows. What belongs to none is told in all of them. */
export const PANELS = [
  { value: "trigger", label: "Trigger", places: ["/inbox", ...["sample", "signature", "allow", "rate", "body_bytes_max"].map(inWebhook)] },
  { value: "map", label: "Map fields", places: ["identifier", "map", "each"].map(inWebhook) },
  { value: "steps", label: "Steps", places: ["/steps", "/order"] },
  { value: "yaml", label: "YAML", places: [] },
  { value: "versions", label: "Versions", places: [] },
];
