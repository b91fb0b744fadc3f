/** Roles, and what each may do, for whoever gives them. */
import { ROLES } from "../../core/session.js";
import { sentence } from "../../core/words.js";

/** @type {Record<import("../../core/session.js").Role, string>} */
const MAY = {
  viewer: "Sees everything but secrets, users and the audit log.",
  editor: "Changes automations, contacts and lists; replays runs; decides about messages.",
  admin: "Approves plugins, keeps their secrets, changes inboxes and the workspace; reads the audit log.",
  owner: "Says who may do what.",
};

/** Each role with what it may do beyond the one before it. */
export const ROLE_OPTIONS = ROLES.map((value) => ({ value, label: sentence(value), hint: MAY[value] }));
