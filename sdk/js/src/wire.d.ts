import type { LogLevel } from '../hookbox.js';

/** What an action can ask of a host, as the functions of the SDK hand it over. Refusals are thrown as `Refusal`. */
export interface Host {
  setField(name: string, json: string): void;
  clearField(name: string): void;
  addTag(tag: string): void;
  removeTag(tag: string): void;
  addToList(name: string): void;
  removeFromList(name: string): void;
  assign(member: string): void;
  unassign(): void;
  close(): void;
  reopen(): void;
  addNote(body: string): void;
  send(message: WireMessage): string;
  getState(key: string): string | undefined;
  setState(key: string, value: string, ttlMs: bigint | undefined): void;
  deleteState(key: string): void;
  incrementState(key: string, by: bigint): bigint;
  log(level: LogLevel, message: string): void;
  http(request: WireRequest): WireResponse | Promise<WireResponse>;
}

/** A message as the contract has it. */
export interface WireMessage {
  inbox: string | undefined;
  body: string;
  media: { url: string; contentType: string }[];
  sendAt: string | undefined;
}

/** A request that is complete and well formed. */
export interface WireRequest {
  /** In capitals. */
  method: string;
  address: Address;
  /** Names in lower case. */
  headers: [string, string][];
  body: Uint8Array | undefined;
  timeoutMs: number | undefined;
  answerBytesMax: number;
}

/** A URL in the parts that a request is made of. */
export interface Address {
  secure: boolean;
  authority: string;
  pathWithQuery: string;
}

/** A whole answer. */
export interface WireResponse {
  status: number;
  headers: [string, string][];
  body: Uint8Array;
}

/** The invocation as the contract has it, and a mock host makes it. */
export interface WireInvocation {
  runId: string;
  stepId: string;
  attempt: number;
  idempotencyKey: string;
  now: string;
  payload: string;
  contact: WireContact;
  conversation?: { id: string; inbox: string; assignee?: string; state: 'open' | 'closed' };
  steps: [string, string][];
  settings: string;
}

/** A contact as the contract has it. */
export interface WireContact {
  id: string;
  phone?: string;
  email?: string;
  fields: { name: string; value: string }[];
  tags: string[];
  lists: string[];
  optedOut: boolean;
}
