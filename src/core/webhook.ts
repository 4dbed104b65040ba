import type { Secret } from "../shared/secret.js";
import type { DevinfoEntityType, SubmittedRepository } from "./devinfo.js";
import type { SwitchboardError } from "./errors.js";
import type { StoreChange } from "./ports/unit-of-work.js";
import type { RemoteEvent } from "./remote-event.js";
import type { ServiceContext } from "./service-context.js";

/** A request of a remote before anything is known of it. */
export interface WebhookRequest {
  readonly method: string;
  /** Path below the listener's prefix. */
  readonly path: string;
  /** Parameters of the path, percent signs decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated headers joined as Node does. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The raw bytes, as signatures cover them. */
  readonly body: Buffer;
}

/** What is left of a request once it is stored: no credentials. */
export interface StoredWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The registered remote whose own webhook a request came to. */
export interface WebhookSender {
  /** `connector-3`. */
  readonly key: string;
  /** Its web address: what it tells of another one it has no say in. */
  readonly url: string;
  /** It has a say in these projects only, as they were typed. */
  readonly projects?: readonly string[];
}

/** No header of a request can be called so. */
const senderHeader = ":remote";

/** What is stored of a request to a registered remote's own webhook. */
export function withSender({ headers, body }: StoredWebhook, sender: WebhookSender): StoredWebhook {
  return { headers: { ...headers, [senderHeader]: JSON.stringify(sender) }, body };
}

/** Undefined for a request to the webhook that the configuration's secret is for. */
export function senderOf({ headers }: Pick<StoredWebhook, "headers">): WebhookSender | undefined {
  const stored = headers[senderHeader];
  // Only `withSender` writes there.
  return stored === undefined ? undefined : (JSON.parse(stored) as WebhookSender);
}

export interface ParsedWebhook {
  readonly events: readonly RemoteEvent[];
  /** Remote host and the sender's delivery id; equal for a repeat. Absent when the sender gives none. */
  readonly deliveryKey?: string;
  /** Without a delivery id: equal bodies are separate events, however close. Absent: a copy within ten minutes is a repeat. */
  readonly isNeverRepeat?: true;
  /** What the service learnt, stored with the event. */
  readonly changes?: readonly StoreChange[];
}

/** Development information that a request tells. */
export interface WebhookDevinfo {
  /** Its id is not that of any repository of another sender: what one sender tells does not replace what another one told. */
  readonly repository?: SubmittedRepository;
  /** What is there no more. */
  readonly deleted?: readonly DeletedDevinfo[];
}

/** An entity that is deleted unless something newer is stored. */
export interface DeletedDevinfo {
  readonly repositoryId: string;
  readonly type: DevinfoEntityType;
  readonly id: string;
  readonly upTo: bigint;
}

/** An answer to the remote's request. */
export interface WebhookAnswer {
  readonly status: number;
  readonly contentType?: string;
  /** A string is sent as it is (plain text unless `contentType` says otherwise), an object as JSON. */
  readonly body: string | object;
}

/** What an accepted event came to within a time. */
export type WebhookOutcome =
  /** Something is still on its way. */
  { readonly kind: "waiting" } | { readonly kind: "over"; readonly results: readonly WebhookResult[] };

/** What it came to through one connection, in the order in which connections were asked. */
export interface WebhookResult {
  readonly kind: "sent" | "ignored" | "dead" | "discarded";
  /** Why not sent. */
  readonly reason?: string;
  /** What `renderLater` would like to be answered. */
  readonly reply?: WebhookAnswer;
}

/** What the documents of the API say of a webhook that is not like the others. */
export interface WebhookDoc {
  /** Markdown. */
  readonly description: string;
  /** What the parameters of the paths mean. */
  readonly params?: Readonly<Record<string, string>>;
  /** Those that it takes. Absent: POST. */
  readonly methods?: readonly ("GET" | "POST" | "PUT")[];
  /** Its own answers, by status. */
  readonly answers: Readonly<Record<number, string>>;
}

export interface Webhook<Config> {
  /** Paths below the listener's prefix; `:name` is a parameter, which may only be a whole segment. */
  readonly paths: readonly string[];
  /** `all`: every method comes here, and `verify` refuses those it does not take. Absent: POST. */
  readonly methods?: "all";
  /** Bytes; a larger body is answered 413. Absent: 10 MiB. */
  maxBodyBytes?(config: Config): number;
  /** True: bodies of every content type. Absent: what can only be something else than JSON is answered 415. */
  readonly takesAnyContentType?: true;
  /** Absent: the documents say what holds for those that define neither `methods` nor `answer` nor `refuse`. */
  readonly doc?: WebhookDoc;
  /** Sent with every answer, refusals included. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Whether a request to the legacy path `/` is this service's. */
  recognises(headers: WebhookRequest["headers"]): boolean;
  /** Headers that `parse` needs, in lower case. Never one that carries a credential. */
  readonly keptHeaders: readonly string[];
  /** Names of events that the remote sends and that are not bridged on purpose. Documented, and checked against the fixtures. */
  readonly ignoredEvents?: readonly string[];
  /** Checks secret or signature over the raw bytes, in constant time. @throws PermissionError with HS_BAD_TOKEN; NotFoundError */
  verify(request: WebhookRequest, context: ServiceContext<Config>): void | Promise<void>;
  /**
   * Present if each registered remote has a webhook of its own: at the first of `paths` with `/<its key>` behind it, with a secret of its
   * own. Everything but the check is as for the others; `parse` asks `senderOf` and believes what is said of the sender's own address alone.
   * @throws PermissionError with HS_BAD_TOKEN
   */
  verifyRemote?(request: WebhookRequest, secret: Secret): void;
  /** What is stored of a verified request. Absent: the kept headers and the body as they came. @throws ValidationError */
  keep?(request: WebhookRequest, context: ServiceContext<Config>): StoredWebhook;
  /**
   * Reads a verified request; called again from the stored form after a crash, so the same input must give the same events.
   * An event kind that is not bridged gives no events. Synchronous where nothing has to be looked up: it runs before the answer.
   * @throws ValidationError when the body is not a payload of this service
   */
  parse(stored: StoredWebhook, context: ServiceContext<Config>): ParsedWebhook | Promise<ParsedWebhook>;
  /**
   * Commits, branches and pull requests that a verified request tells and that name issues; asked only where the configuration wants to know.
   * Pure, and the same request gives the same again: sequences follow from the event's own time, so that repeats and late ones change nothing.
   * @returns undefined for a request that tells nothing of the kind
   */
  devinfo?(stored: StoredWebhook, context: ServiceContext<Config>): WebhookDevinfo | undefined;
  /**
   * The answer once the event is stored. Absent: 200 `OK`.
   * @param outcome waits until the event's deliveries are over, but no longer than the milliseconds; a repeat is over at once, without results
   */
  answer?(
    parsed: ParsedWebhook,
    outcome: (withinMs: number) => Promise<WebhookOutcome>,
    context: ServiceContext<Config>,
  ): WebhookAnswer | Promise<WebhookAnswer>;
  /** The answer to a request that was refused, in the shape its senders know. Absent or undefined: `{errcode, error}`. */
  refuse?(error: SwitchboardError, request: Pick<WebhookRequest, "method" | "path">): WebhookAnswer | undefined;
}
