import type { Markdown } from "../shared/markdown.js";
import type { Connection } from "./connection.js";
import type { UserId } from "./ids.js";
import type { PermissionLevel } from "./permissions.js";
import type { StoreChange } from "./ports/unit-of-work.js";
import type { ServiceContext } from "./service-context.js";

/** How one word or text of a command is read. */
export interface CommandArgument {
  readonly name: string;
  readonly required: boolean;
  /**
   * Prose: as the last argument it takes the rest of the line as typed. Before others it does so too, unless something in that rest is in
   * quotes: then the words are told apart as a shell does.
   */
  readonly isText?: true;
  /** Names a thing at the remote, such as an issue: the command goes to the connection whose kind owns it. */
  readonly isItem?: true;
}

/** A command of a connected room, typed after the connection's prefix. Parsing, permission, help and errors come from the descriptor. */
export interface ConnectionCommand<Config> {
  /** One or more words in lower case, for example `search jql`. The longest name that fits is taken. */
  readonly name: string;
  readonly arguments: readonly CommandArgument[];
  /** One line. */
  readonly help: string;
  /** `change`: something at the remote becomes different; `begin` has to be called before the first request that does so. */
  readonly effect: "read" | "change";
  /**
   * @returns what is answered
   * @throws SwitchboardError whose message is told to the person and names the remedy
   */
  run(call: ConnectionCommandCall, context: ServiceContext<Config>): Promise<Markdown | CommandReaction>;
}

/** An answer that is a reaction to the command and no message, where Hookshot reacts with a text of its own (`Issue #3`). */
export interface CommandReaction {
  readonly reaction: string;
}

export interface ConnectionCommandCall {
  /** What was typed for each argument. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Who typed it, and whose rights count. */
  readonly actor: UserId;
  /** What connection commands are typed after, for sentences that say what to type. */
  readonly prefix: string;
  /** The connection that owns the typed item, or that a resource's name in front of the arguments picked, else the first by priority. */
  readonly connection: Connection;
  /** All active connections of this kind in the room that answer to the prefix, the highest priority first; never empty. */
  readonly connections: readonly Connection[];
  /**
   * Notes, synced, that the remote may be changed from now on: after a crash the command is not run again, and the room is told.
   * What is done before may be done again.
   */
  begin(): Promise<void>;
}

/** A command in the direct chat with the bot, about the person's own account at a remote. */
export interface AccountCommand<Config> {
  /** With the service's word in front, for example `jira token`; Hookshot's `filters …` are the exception. */
  readonly name: string;
  readonly arguments: readonly CommandArgument[];
  readonly help: string;
  /** Needs that permission level on the service (Hookshot reference 1.8, 6.1); absent: everybody may. */
  readonly level?: PermissionLevel;
  /**
   * A secret is typed: elsewhere than in the direct chat it is refused, nowhere is it stored in plain, and its message is redacted where
   * the bot may, else the person is asked to delete it.
   */
  readonly takesSecret?: true;
  /**
   * May run again after a crash.
   * @param words what was typed after the name
   * @throws SwitchboardError whose message is told to the person
   */
  run(words: readonly string[], actor: UserId, context: ServiceContext<Config>): Promise<AccountAnswer>;
}

export interface AccountAnswer {
  readonly answer: Markdown;
  /** Stored before the answer is given. */
  readonly changes?: readonly StoreChange[];
  /** It holds a secret, such as the link of a login: it is not kept by us. */
  readonly isSecret?: true;
}
