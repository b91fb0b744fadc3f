/**
 * A host for tests: runs an action in node, and reports what a real host would commit.
 *
 * It checks what a real host checks at the call: grants, names, sizes. It does not check settings against their schema, which
 * `hookbox plugin test` does. Nothing leaves the machine.
 *
 * @example
 * import * as plugin from './action.js';
 *
 * const report = await new Host({ settings: { list: 'new' }, lists: ['new'] }).run(plugin);
 * assert.deepEqual(report.effects, [{ kind: 'add-to-list', list: 'new' }]);
 */
import type { Manifest, Plugin } from './hookbox.js';

/** A host in a situation: what the plugin is given, and what is around it. */
export class Host {
  constructor(situation?: Situation);
  /**
   * Runs the action once. Whatever the host keeps is not changed by it.
   *
   * Throws what the action throws when that is no `Failure`, `Refusal` or `HttpError`, and when it makes a call that is not
   * expected: in a component the first would be a fault of the plugin.
   */
  run(plugin: Plugin): Promise<Report>;
}

/** Every fixture of a folder (`new URL('./fixtures/', import.meta.url)`), in the order of the files' names. */
export function fixtures(folder: string | URL): Fixture[];

/** A call as a file, and what should come of it. */
export interface Fixture {
  name: string;
  situation: Situation;
  expect?: Expect;
  /** Runs the action and throws an `AssertionError` when something else came of it. */
  check(plugin: Plugin): Promise<Report>;
}

/** What is given and around; every key may be left out. The same as in a fixture (`sdk/fixtures.md`). */
export interface Situation {
  /** The captured body: `{}`. */
  payload?: unknown;
  /** The step's settings: `{}`. */
  settings?: Record<string, unknown>;
  /** Somebody with the phone `+12155556677`. */
  contact?: Person;
  /** Nobody wrote yet. */
  conversation?: { assignee?: string | null; state?: 'open' | 'closed' };
  /** The automation's inbox: `support`. */
  inbox?: string;
  /** Outputs of earlier steps. */
  steps?: { name: string; output: unknown }[];
  /** The step's name. */
  step?: string;
  attempt?: number;
  /** RFC 3339. The clocks of node do not stand still at it. */
  now?: string;
  /** Names that exist in the workspace. */
  lists?: string[];
  inboxes?: string[];
  members?: string[];
  /** What an admin granted: all that the plugin asks. */
  grants?: Omit<Manifest['needs'][number], 'reason'>[];
  /** What the plugin remembers, texts by key. */
  state?: Record<string, string>;
  /** Plugin secrets by name, and where they may be sent to. */
  secrets?: Record<string, { text: string; hosts: string[] }>;
  /** The calls that have to come, in this order, each with its answer. */
  http?: Exchange[];
}

/** The contact. The action sees of it what it may read. */
export interface Person {
  id?: string;
  phone?: string | null;
  email?: string | null;
  /** No action sees it. */
  external_id?: string | null;
  fields?: Record<string, string | number | boolean>;
  tags?: string[];
  lists?: string[];
  opted_out?: boolean;
}

/** A call that has to come, and its answer. */
export interface Exchange {
  /** What is left out is not looked at; a header that is null must not be there. */
  request: { method: string; url: string; headers?: Record<string, string | null>; json?: unknown; text?: string };
  answer?: Answer;
}

/** 200 without a body, unless it says otherwise. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  /** There is no answer. */
  error?: 'timeout' | 'closed';
}

/** What should come of a call; what is left out is not compared. */
export interface Expect {
  effects?: Effect[];
  /** A text is compared with the output's text byte by byte, anything else as JSON. */
  output?: unknown;
  next?: 'continue' | 'stop';
  failure?: { retryable: Partial<Failed> } | { permanent: Partial<Failed> };
  state?: Record<string, string>;
  log?: { level: string; message: string }[];
}

interface Failed {
  code: string;
  message: string;
  after_ms: number | null;
}

/** A change that the action asked for, as the API shows it: `{ kind: 'add-tag', tag: 'vip' }`. */
export interface Effect {
  kind: string;
  [member: string]: unknown;
}

/** A request as it left the host, with the texts of secrets in the places of their placeholders. */
export interface Sent {
  method: string;
  url: string;
  /** Names in lower case. Those that a real host adds are not there. */
  headers: Record<string, string>;
  /** As text. */
  body: string;
}

/** What came of a call. */
export interface Report {
  /** What the action returned; undefined when it failed. */
  output: any;
  /** The same as JSON text, as later steps get it. */
  outputText: string | undefined;
  next: string | undefined;
  failure: { kind: 'retryable' | 'permanent'; code?: string; message: string; afterMs?: number } | null;
  /** The effects that would be committed, in order: none when the action failed. */
  effects: Effect[];
  /** What the plugin remembers afterwards: what it did before when the action failed. */
  state: Record<string, string>;
  log: { level: string; message: string }[];
  /** What was sent over HTTP, in order: also when the action failed. */
  requests: Sent[];
  /** Calls that were expected and did not come. */
  callsLeft: string[];
}
