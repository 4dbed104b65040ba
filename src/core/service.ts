import type { AccountRoute } from "./account-route.js";
import type { Connection, ConnectionState } from "./connection.js";
import type { ConnectionTarget, ConnectResult, PrivateAnswer } from "./connection-target.js";
import type { Ghost } from "./ghost.js";
import type { IssueKeys } from "./issue-keys.js";
import type { EventId, RoomId, UserId } from "./ids.js";
import type { Random } from "../shared/random.js";
import type { IssueTracker, TrackerAccess } from "./issue-tracker.js";
import type { RoomMessage } from "./message.js";
import type { OAuthLogin } from "./oauth.js";
import type { StoreChange } from "./ports/unit-of-work.js";
import type { Provisioning } from "./provisioning.js";
import type { RemoteCheck } from "./registered-remote.js";
import type { RemoteEvent } from "./remote-event.js";
import type { RepositoryHost } from "./repository-host.js";
import type { RoomListener } from "./room-listener.js";
import type { AccountCommand, CommandArgument, ConnectionCommand } from "./room-commands.js";
import type { ServiceContext } from "./service-context.js";
import type { ServiceSetUp } from "./service-set-up.js";
import type { ServiceTask } from "./service-task.js";
import type { SmartCommits } from "./smart-commits.js";
import type { Webhook, WebhookAnswer } from "./webhook.js";

export type { Afterwards, ConnectionTarget, ConnectResult, PrivateAnswer } from "./connection-target.js";
export type { ServiceContext } from "./service-context.js";
export type { ParsedWebhook, StoredWebhook, Webhook, WebhookRequest } from "./webhook.js";

/**
 * The contract of a service: a kind of remote system, one folder under `services/`.
 * Optional members are capabilities. Callers ask whether one is present and never which service it is.
 * Members are methods of plain objects and keep no state of their own: what they need comes in `context`.
 */
export interface Service<Config> {
  /** Folder name, and the word in `!connect <id>`. */
  readonly id: string;
  /** Other words for it in `!connect` and `!disconnect`, in lower case; the first is the one that sentences suggest. */
  readonly words?: readonly string[];
  /** The name people read, for example `Jira`. */
  readonly title: string;
  /** Top-level key of its section in the configuration, and the name in `permissions[].services[].service`. */
  readonly configKey: string;
  readonly permissionName: string;
  /** JSON Schema of the section, with defaults and descriptions; `secret: true` marks values that may come from a file or the environment. */
  readonly configSchema: Readonly<Record<string, unknown>>;
  /** Environment variables of older installations: variable name to the dotted key that it replaces, if the key's parent is there. */
  readonly environment?: Readonly<Record<string, string>>;
  /** False when the section is there but switched off. Absent: a section means enabled. */
  isEnabled?(config: Config): boolean;
  readonly kinds: readonly ConnectionKind<Config>[];
  readonly webhook?: Webhook<Config>;
  /** Finds what a person means by `!connect <id>[:<remote>] <typed>`. Present if people connect it by name. */
  resolve?(input: ResolveInput, context: ServiceContext<Config>): Promise<Resolution>;
  /**
   * Asked when a state event written by hand has no grant yet: may this person connect this thing?
   * @throws RemoteError when the remote cannot tell just now; the question is asked again later
   */
  authorize?(input: AuthorizeInput, context: ServiceContext<Config>): Promise<Consent>;
  /** Commands under `!hookshot` (or a service bot's prefix) with Hookshot's words and answers. */
  readonly setupCommands?: readonly SetupCommand<Config>[];
  /** Commands in the direct chat about a person's own account. */
  readonly accountCommands?: readonly AccountCommand<Config>[];
  /** Present if remotes of this kind can be registered over an API. */
  readonly remote?: RemoteCheck;
  /** Present if it holds git repositories. */
  readonly repositories?: RepositoryHost;
  /** The section that stands for the configuration's where it has none, and rooms are connected through registered remotes alone. */
  withoutSection?(random: Random): Config;
  /** Present if people log in with a browser. */
  readonly oauth?: OAuthLogin<Config>;
  /** What programs ask about a person's account. */
  readonly accountRoutes?: readonly AccountRoute<Config>[];
  /** Present if `switchboard init` can set it up. */
  readonly setUp?: ServiceSetUp;
  /** What it does by the clock. */
  readonly tasks?: readonly ServiceTask<Config>[];
  /** Present if smart commits may change its issues. */
  readonly smartCommits?: SmartCommits<Config>;
  /** Rooms that come to be when somebody joins their alias. */
  readonly aliases?: ServiceAliases<Config>;
  /** Present if issues can be made. */
  tracker?(access: TrackerAccess, context: ServiceContext<Config>): IssueTracker;
  /**
   * Routing keys of rooms that are connected to a project of a registered remote, for cards about it (vocabulary/finding-card.ts).
   * Its kinds render that event whatever events a connection names. Empty where no room can be connected.
   * @param project as whoever made issues there called it
   */
  findingKeys?(remoteUrl: string, project: string, context: ServiceContext<Config>): readonly string[];
}

/** Rooms behind aliases in the registration's namespace. */
export interface ServiceAliases<Config> {
  /** What all their localparts begin with; a new registration file reserves it. */
  readonly prefix?: string;
  /** Whether the localpart may be one of its rooms. Cheap. */
  owns(localpart: string): boolean;
  /**
   * Opens the room (with the alias) that somebody wants to join.
   * @returns false when there is no such thing at the remote, or it is not for everybody
   * @throws RemoteError
   */
  create(localpart: string, context: ServiceContext<Config>): Promise<boolean>;
}

/** A service that the configuration enables. */
export interface ActiveService {
  readonly service: Service<unknown>;
  readonly context: ServiceContext<unknown>;
}

/** A kind of connection a service offers, for example repository, issue, project. */
export interface ConnectionKind<Config> {
  readonly id: string;
  /** For people, for example `Jira project`. */
  readonly title: string;
  /** Types of its state event: the canonical one first, older ones after. */
  readonly stateTypes: readonly [string, ...string[]];
  /** JSON Schema of the body; keys it does not name are dropped. */
  readonly stateSchema: Readonly<Record<string, unknown>>;
  /** Prefix of its room commands unless the state has `commandPrefix`. */
  readonly defaultCommandPrefix?: string;
  /** What people can do from the room, after that prefix. `help` is added to them. */
  readonly commands?: readonly ConnectionCommand<Config>[];
  /** Does what a person typed (`PLAY-1`) name a thing that lies within this connection? Present if a command takes such an item. */
  ownsItem?(state: ConnectionState, stateKey: string, typed: string): boolean;
  /** Rewrites forms that older versions wrote, before the schema is applied. Never throws. */
  normalise?(content: Readonly<Record<string, unknown>>, stateKey: string): Readonly<Record<string, unknown>>;
  /** Keys under which remote events find the connection. Ids of a remote only together with its host. */
  remoteKeys(state: ConnectionState, stateKey: string): readonly string[];
  /** Equal for two connections that mean the same remote thing, whatever their state key, type or URL scheme. */
  resourceKey(state: ConnectionState, stateKey: string): string;
  /** How people call it: the name typed in commands, and where it is. */
  describe(state: ConnectionState, stateKey: string): { readonly name: string; readonly url?: string };
  /** A short remark that `!connections` shows, for example until when a hook takes calls. @param nowMs milliseconds since the epoch */
  note?(state: ConnectionState, nowMs: number, context: ServiceContext<Config>): string | undefined | Promise<string | undefined>;
  /** The id that the connection's project has at its tracker, if it is known: registered integrations name projects so. */
  projectId?(state: ConnectionState): string | undefined;
  /** Present if its issues have keys: development information is shown and announced in its rooms. */
  readonly issueKeys?: IssueKeys<Config>;
  /** Does what a person typed (`PLAY`, `main:PLAY` or a URL) mean this connection? */
  isNamed(
    state: ConnectionState,
    stateKey: string,
    typed: string,
    remoteName: string | undefined,
    context: ServiceContext<Config>,
  ): boolean;
  /**
   * Whether what the connection means lies at a registered remote of that name (vocabulary/choose-remote.ts), which `isNamed` cannot look up.
   * Asked where that says no because of the remote's name.
   */
  isAtRegistered?(state: ConnectionState, remoteName: string, context: ServiceContext<Config>): Promise<boolean>;
  /** The grant's type and the string its id is hashed from (reference section 7); absent: no grant needed. */
  grant?(state: ConnectionState): { readonly type: string; readonly id: string };
  /**
   * What events are found by although the grant does not name it, such as an id beside the address that the grant is hashed from. Where
   * somebody writes it anew by hand, the service is asked (`authorize`) in spite of a grant. Undefined: nothing.
   */
  beyondGrant?(state: ConnectionState): string | undefined;
  /**
   * Rules for a change that do not hold for what stands already, such as how far ahead a date has to lie. Asked about a state that fits
   * the schema, once: when the connection is about to be made or when a person's state event is news; not when a room is read that holds
   * what was known, or what nothing is known of. A state event that breaks a rule makes the connection invalid, with the message as the
   * reason.
   * @param before the state that counted under the same key until now; undefined where there was none
   * @throws ValidationError whose message names the rule, and no other error
   */
  checkChange?(state: ConnectionState, before: ConnectionState | undefined, context: ServiceContext<Config>): void;
  /** Remote event and connection to messages, or the reason why it says nothing. Pure: no I/O, no clock. */
  render(event: RemoteEvent, connection: Connection, context: ServiceContext<Config>): Rendered;
  /**
   * The words of what `render` put off, when it is the delivery's turn in its room; everything behind it waits, so it has to end within
   * seconds. What it gives is stored before it is sent. May be called again after a crash or a transient failure.
   * @throws RemoteError; tried again while it is transient, dead otherwise
   */
  renderLater?(event: RemoteEvent, connection: Connection, context: ServiceContext<Config>): Promise<LateRendering>;
  /**
   * Told which events the homeserver made of a delivery's messages, for what says more about them later.
   * @param eventIds in the order of the messages
   * @returns changes that are stored in the batch that ends the delivery
   */
  sent?(
    event: RemoteEvent,
    connection: Connection,
    eventIds: readonly EventId[],
    context: ServiceContext<Config>,
  ): readonly StoreChange[] | Promise<readonly StoreChange[]>;
  /** Cheap: whether `sent` is to be told of a connection's deliveries, for which each request is read again. Absent: of all. */
  wantsSent?(state: ConnectionState): boolean;
  /**
   * Told that a person's state event made or changed a connection that is in force, once the index has it. May be told again after a crash;
   * what it says in the room goes by an occasion (`ServiceRooms.say`).
   * @param before the state that counted until now; undefined where there was none
   * @throws RemoteError, which is logged
   */
  changed?(connection: Connection, before: ConnectionState | undefined, context: ServiceContext<Config>): Promise<void>;
  /** What people do in the room, other than commands. */
  readonly listener?: RoomListener<Config>;
  /** Present if its connections are found by secret ids, which lie in the room's account data and not in its state. */
  readonly secretIds?: SecretIds;
  /** Present if programs can set it up. */
  readonly provisioning?: Provisioning<Config>;
  /** Whether the configuration's `connections` may hold it (reference 1.18). */
  readonly canBeStatic?: true;
}

export interface SecretIds {
  /** Type of the room account data of the bot that serves the connection: `{<secret id>: <state key>, …}`. */
  readonly accountDataType: string;
  /** A new id, not to be guessed. */
  create(random: Random): string;
  /** The key under which events for the id are routed; nobody can tell the id from it. For a static connection the id is its state key. */
  routingKey(secretId: string): string;
}

export type Rendered =
  /** `as` speaks; absent: the service's bot. */
  | { readonly kind: "messages"; readonly messages: readonly RoomMessage[]; readonly as?: Ghost }
  /** `reason` completes the sentence "not sent: …". */
  | { readonly kind: "ignored"; readonly reason: string }
  /** The words need something that has to be waited for: `renderLater` is asked at the delivery's turn. */
  | { readonly kind: "later" };

export type LateRendering = Exclude<Rendered, { readonly kind: "later" }> & {
  /** For a sender that waits for it. */
  readonly reply?: WebhookAnswer;
  /** Stored together with the words. */
  readonly changes?: readonly StoreChange[];
};

export interface ResolveInput {
  /** What stands for the resource: `PLAY` or a URL. */
  readonly typed: string;
  /** The remote's name, where one was typed: `main` in `jira:main`. */
  readonly remoteName?: string;
  readonly actor: UserId;
  /** The room to be connected. */
  readonly roomId?: RoomId;
}

export type Resolution =
  /** `changes`: what the look-up taught the service, stored together with the connection. */
  | { readonly kind: "found"; readonly target: ConnectionTarget; readonly changes?: readonly StoreChange[] }
  /** Several remotes fit: what to type for each, and what it is. */
  | { readonly kind: "ambiguous"; readonly choices: readonly { readonly typed: string; readonly description: string }[] }
  /** A sentence that names the reason and the remedy. */
  | { readonly kind: "refused"; readonly reason: string };

export interface AuthorizeInput {
  readonly kindId: string;
  readonly state: ConnectionState;
  readonly actor: UserId;
  /**
   * Whether they have the level `admin` on the service. Absent: they have not.
   * @throws RemoteError while the members of a room that gives the right are not known
   */
  isAdmin?(): boolean;
}

export type Consent =
  /** `changes`: what the look-up taught the service, stored together with the connection. */
  { readonly granted: true; readonly changes?: readonly StoreChange[] } | { readonly granted: false; readonly reason: string };

/** One of Hookshot's set-up commands. The runner checks rights, parses, answers and reacts. */
export interface SetupCommand<Config> {
  /** The words before the arguments, for example `jira project`. */
  readonly name: string;
  readonly arguments: readonly CommandArgument[];
  /** One line of help, as Hookshot prints it. */
  readonly help: string;
  /** `change` runs the permission checks of reference 3.2 first. */
  readonly effect: "read" | "change";
  /** @returns the text of the answer. @throws SwitchboardError whose message is told to the person */
  run(values: Readonly<Record<string, string | undefined>>, setup: SetupOperations, context: ServiceContext<Config>): Promise<SetupAnswer>;
}

export interface SetupAnswer {
  readonly body: string;
  /** Present where Hookshot answers with HTML. */
  readonly html?: string;
  /** Said to the person in the direct chat. */
  readonly privately?: PrivateAnswer;
}

/** What a set-up command may do in the room it was typed in, as the person who typed it. */
export interface SetupOperations {
  readonly roomId: RoomId;
  readonly actor: UserId;
  /** This service's connections in the room, ended ones not included. */
  connections(): Promise<readonly Connection[]>;
  /**
   * Connects the room, or does nothing when a connection means the same already.
   * What the target says `privately` is told.
   * @param changes what looking the target up taught the service, stored together with the connection
   */
  connect(target: ConnectionTarget, changes?: readonly StoreChange[]): Promise<ConnectResult>;
  /** Ends the connection by writing an empty state event, as Hookshot's remove commands do, or `{"disabled": true}` where those do. */
  disconnect(connection: Connection, write?: "empty" | "disabled"): Promise<void>;
  /** The secret id of a connection whose kind has them. @throws RemoteError */
  secretIdOf(connection: Connection): Promise<string | undefined>;
}
