/**
 * What the author of a plugin uses.
 *
 * An action is one function. It gets a call, changes the world through `contacts`, `lists`, `conversations`, `messages` and
 * `state`, and returns its output. All of what it asked for happens together with the step, or none of it when it throws.
 *
 * @example
 * export const { describe, run } = action({
 *   name: 'welcome', version: '1.0.0', title: 'Welcome', description: 'Puts the contact on a list.',
 *   settings: { type: 'object', required: ['list'], properties: { list: { type: 'string' } } },
 *   needs: [{ capability: 'lists.write', scope: '*', reason: 'The list is chosen in the settings' }],
 *   run({ settings }) {
 *     lists.add(settings.list);
 *   },
 * });
 */
import type { WireInvocation } from './src/wire.d.ts';

/** Makes the two exports of a plugin. Throws a `TypeError` when something that every action has is missing. */
export function action<S = any>(definition: Definition<S>): Plugin;

/** An action. */
export interface Definition<S = any> {
  /** The name that automations use: lower case, digits and dashes, 1 to 64 characters (`send-message`). */
  name: string;
  /** Semantic version (`1.2.0`). */
  version: string;
  /** The name that people read. */
  title: string;
  /** What it does, in a sentence or two. */
  description: string;
  /**
   * JSON Schema 2020-12 of the settings: it drives the form, and settings are checked against it before every call. The `default`s
   * of its own properties are filled in. Without it there is nothing to set.
   *
   * A property with `format: 'secret'` holds the name of a secret; what the action gets is a placeholder, which the host swaps
   * in headers of calls towards the hosts that the secret may be sent to.
   */
  settings?: object;
  /** What it asks to be allowed. Nothing else is. */
  needs?: Need[];
  /**
   * The action. What it returns is readable by later steps as `steps.<name>`; nothing is `null`.
   *
   * A `Failure` (of `fail`), `Refusal` or `HttpError` that it throws fails the step in an orderly way. Any other error counts as a
   * fault of the plugin: its text goes to the log, and a plugin that is at fault again and again is held back.
   */
  run(call: Call<S>): unknown;
}

/** One thing an action asks to be allowed. */
export interface Need {
  capability:
    | 'contacts.read'
    | 'contacts.write'
    | 'contacts.tag'
    | 'lists.write'
    | 'conversations.write'
    | 'messages.send'
    | 'state'
    | 'http'
    | 'secret';
  /**
   * To what: names of fields, tags, lists, inboxes or secrets, conversation actions, state keys (`leads:*` for all that begin so)
   * or places (`POST https://api.example.com`); `*` for all.
   */
  scope: string | string[];
  /** Why, in words an admin can judge. */
  reason: string;
}

/** What a plugin exports. */
export interface Plugin {
  describe(): Manifest;
  run(invocation: WireInvocation): Promise<{ output: string; next: string }>;
}

/** What a plugin says of itself. */
export interface Manifest {
  name: string;
  version: string;
  title: string;
  description: string;
  /** JSON text. */
  settings: string;
  needs: { capability: string; scope: string[]; reason: string }[];
}

/** Ends the run, as succeeded, with an output: `return stop(output)`. */
export function stop(output?: unknown): unknown;

/** One call of an action. */
export interface Call<S = any> {
  /** The run (`run_…`). */
  readonly runId: string;
  /** The step's name in the automation. */
  readonly step: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** The same for every attempt of this step: what an outside system can recognise a repetition by. */
  readonly idempotencyKey: string;
  /** The time of the call, RFC 3339 in UTC. `Date.now()` stands still at it. */
  readonly now: string;
  /** The captured request body. */
  readonly payload: any;
  /** The captured request body exactly as it was sent. JavaScript reads numbers past 2⁵³ inexactly; here they are whole. */
  readonly payloadText: string;
  readonly contact: Contact;
  /** The conversation of the automation's inbox with the contact; null before the first message. */
  readonly conversation: Conversation | null;
  /** The outputs of the steps before, by name. */
  readonly steps: Readonly<Record<string, any>>;
  /** The step's settings, templates rendered and checked against their schema, with the schema's defaults. */
  readonly settings: S;
}

/** A contact. Only what the plugin may read is filled. */
export interface Contact {
  /** `con_…` */
  readonly id: string;
  /** E.164 (`+12155556677`). */
  readonly phone: string | null;
  /** Lower case. */
  readonly email: string | null;
  /** The fields by name. */
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly tags: readonly string[];
  /** The names of the lists it is on. */
  readonly lists: readonly string[];
  /** It asked not to be written to: messages are recorded and not sent. */
  readonly optedOut: boolean;
}

/** The thread of one inbox with the contact. */
export interface Conversation {
  /** `cnv_…` */
  readonly id: string;
  /** The inbox's name. */
  readonly inbox: string;
  /** The name of the member it is assigned to. */
  readonly assignee: string | null;
  readonly state: 'open' | 'closed';
}

/** Changes of the contact that the run is about. All throw a `Refusal`. */
export const contacts: {
  /** Writes a field. Needs `contacts.write` for the name; `phone`, `email` and `external_id` are refused. */
  setField(name: string, value: string | number | boolean): void;
  /** Empties a field; nothing happens when it is empty. Needs `contacts.write` for the name. */
  clearField(name: string): void;
  /** Adds a tag, once. Needs `contacts.tag` for it. */
  addTag(tag: string): void;
  /** Removes a tag; nothing happens when it is not there. Needs `contacts.tag` for it. */
  removeTag(tag: string): void;
};

/** The lists that the contact is on. All throw a `Refusal`. */
export const lists: {
  /** Puts the contact on a list, once. Needs `lists.write` for the list's name. */
  add(name: string): void;
  /** Takes the contact off a list; nothing happens when it is not on it. Needs `lists.write` for the list's name. */
  remove(name: string): void;
};

/** The conversation of the automation's inbox with the contact. It begins with the first effect on it. All throw a `Refusal`. */
export const conversations: {
  /** Assigns it to a member, by name. Needs `conversations.write` for `assign`. */
  assign(member: string): void;
  /** Leaves it to nobody. Needs `conversations.write` for `unassign`. */
  unassign(): void;
  /** Closes it. Needs `conversations.write` for `close`. */
  close(): void;
  /** Opens it again. Needs `conversations.write` for `reopen`. */
  reopen(): void;
  /** Writes a note of at most 10,000 characters that only members see. Needs `conversations.write` for `note`. */
  addNote(body: string): void;
};

/** A message to be sent. */
export interface Message {
  /** The text, 1 to 10,000 characters. */
  body: string;
  /** The inbox's name; the automation's when absent. */
  inbox?: string;
  /** What is attached, at most 10: `https` URLs with their media types. */
  media?: { url: string; contentType: string }[];
  /** Not before this time; a text is RFC 3339. */
  sendAt?: string | Date;
}

/** Messages to the contact. */
export const messages: {
  /**
   * Asks to send, and returns the message's id. The host decides: to a contact that opted out it is recorded as suppressed.
   * Needs `messages.send` for the inbox's name. Throws a `Refusal`.
   */
  send(message: Message | string): string;
};

/**
 * What the plugin remembers between calls: per plugin and workspace, seen by no other. A commit checks that nothing read here
 * changed meanwhile; if it did, the step runs again. Keys have 1 to 256 bytes; a step may use 100. All throw a `Refusal`.
 */
export const state: {
  /** The value of a key; null when there is none. Needs `state` for the key. */
  get(key: string): string | null;
  /** Sets a value of at most 64 KiB, for `ttlMs` milliseconds when given. Needs `state` for the key. */
  set(key: string, value: string, more?: { ttlMs?: number }): void;
  /** Forgets a key. Needs `state` for the key. */
  delete(key: string): void;
  /**
   * Adds to a whole number, which begins at 0, and returns the sum. A value that was set for some time keeps its end. Needs `state`
   * for the key. A sum past 2⁵³, which JavaScript does not count exactly, is refused.
   */
  increment(key: string, by?: number): number;
};

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Lines for whoever reads the run: 4 KiB a line, 256 KiB a step. Never throw. `console` writes there too. */
export const log: Record<LogLevel, (message: unknown) => void>;

/** How an action says that it did not succeed: `throw fail.permanent('no-company', 'the payload names no company')`. */
export const fail: {
  /** It may succeed later: the step is tried again by its schedule, but not before `afterMs` milliseconds. */
  retryable(message: string, more?: { afterMs?: number }): Failure;
  /** It will never succeed with this input: the run fails at once. `code` is a short word for programs. */
  permanent(code: string, message: string): Failure;
};

/** An action did not succeed. None of its effects happen. */
export class Failure extends Error {
  readonly kind: 'retryable' | 'permanent';
  /** A short word for programs; permanent ones have it. */
  readonly code: string | undefined;
  readonly afterMs: number | undefined;
  private constructor();
}

/**
 * The host did not take something. The call goes on, and the action may do something else; if it is not caught, the step fails
 * for good with the same code.
 */
export class Refusal extends Error {
  /**
   * - `not-granted`: a grant is missing, and the message names it; or the operator, or the guard of private addresses, forbids the place
   * - `invalid`: the argument makes no sense, the message says why
   * - `limit`: the message names the limit and its size
   */
  readonly code: 'not-granted' | 'invalid' | 'limit';
  private constructor();
}

/**
 * A request has no answer; the service may have taken it all the same. If it is not caught, the step is tried again. An answer
 * with a status like 404 or 500 is an answer and no error.
 */
export class HttpError extends Error {
  /** Nothing came in time; or there is no such host, it did not take the connection, or broke it. */
  readonly code: 'timeout' | 'network';
  private constructor();
}

/**
 * Calls to other machines. Each needs `http` for its method and place (`POST https://api.example.com`), and the operator can
 * narrow where actions may call. Those that are begun together wait together: `await Promise.all([http.get(a), http.get(b)])`.
 *
 * A call is made at once: unlike an effect, it has happened even when the step fails afterwards. The host adds an
 * `idempotency-key` that is the same for every attempt of the step. Redirects are answers like others and not followed.
 *
 * All throw a `Refusal` or an `HttpError`.
 */
export namespace http {
  /** What goes with a request. */
  export interface Options {
    /** A setting that is a secret can be the value or a part of it. */
    headers?: Record<string, string>;
    /** Parameters of the URL's query, written so that they arrive as they are. */
    query?: Record<string, string | number | boolean>;
    /** A value as JSON is the body. */
    json?: unknown;
    /** A text is the body. */
    text?: string;
    /** These bytes are the body. */
    bytes?: Uint8Array;
    /**
     * How long to wait for the connection, for the beginning of the answer, and for each further part of it. Longer than the host's
     * own limits (5 s for the connection, 30 s for the others, unless configured) is no longer.
     */
    timeoutMs?: number;
    /** Refuses an answer whose body is larger, instead of keeping it in memory; 10 MiB at most. */
    answerBytesMax?: number;
  }

  /** The answer to a request, whatever its status is. */
  export class Response {
    readonly status: number;
    /** In the order they came, names in lower case. */
    readonly headers: readonly [string, string][];
    /** The body. */
    readonly bytes: Uint8Array;
    /** Whether the status is from 200 to 299. */
    readonly ok: boolean;
    /** The header `retry-after` in milliseconds, when it is 1 to 6 digits. */
    readonly retryAfterMs: number | undefined;
    private constructor();
    /** The first header of this name. */
    header(name: string): string | null;
    /** The body as text; bytes that are none are replaced. */
    text(): string;
    /** The body as JSON. Throws a permanent failure with the code `unexpected-answer` when it is none. */
    json(): any;
    /** A failure that is tried again, not before the answer's `retry-after`. */
    retryable(message: string): Failure;
  }

  export function get(url: string, options?: Options): Promise<Response>;
  export function post(url: string, options?: Options): Promise<Response>;
  export function put(url: string, options?: Options): Promise<Response>;
  export function patch(url: string, options?: Options): Promise<Response>;
  /** `http.delete` */
  function remove(url: string, options?: Options): Promise<Response>;
  export { remove as delete };
  /** Any method, in capitals. */
  export function send(method: string, url: string, options?: Options): Promise<Response>;

  /** The largest body of a request or an answer. */
  export const BODY_BYTES_MAX: number;
}
