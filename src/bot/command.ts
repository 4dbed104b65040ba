import type { UserId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { RoomWork } from "../core/ports/room-work.js";
import type { CommandArgument } from "../core/room-commands.js";
import type { Markdown } from "../shared/markdown.js";
import type { Answer } from "./replies.js";

/** A command as it was typed. */
export interface TypedCommand {
  readonly work: RoomWork;
  readonly room: RoomRecord;
  readonly actor: UserId;
  /** The words after the command's name. */
  readonly words: readonly string[];
}

/** A command that is being run. */
export interface CommandCall extends TypedCommand {
  /**
   * Notes, synced, that something at a remote may be changed from now on: called before the first request that does so. After a crash the
   * command is not run again then, and the person is told. What only changes room state may run again.
   */
  begin(): Promise<void>;
}

/** A chat command: parsing, permission, help and the answer's form come from here and from the style it is run in. */
export interface Command {
  /** The words before the arguments, in lower case, for example `!connect` or `help`. */
  readonly name: string;
  readonly arguments: readonly CommandArgument[];
  /** One line of help. */
  readonly help: string;
  /** Asked without its required arguments it answers by itself, with more than how to type it. */
  readonly explainsMissing?: boolean;
  /** Not named in help, because it would only be refused. */
  readonly isHidden?: boolean;
  /** Its words may be secret: of an unexpected error only the place is logged. */
  readonly takesSecret?: boolean;
  /** Permission name of the service that the words are about: its bot answers. */
  about?(words: readonly string[]): string | undefined;
  /**
   * @returns what is answered
   * @throws SwitchboardError whose message is told to the person; a transient RemoteError means that the homeserver has to be waited for
   */
  run(call: CommandCall): Promise<Answer>;
  /** Called whatever became of the command, also when it was not run. @returns what is said besides @throws RemoteError as `run` does */
  conclude?(typed: TypedCommand): Promise<Markdown | undefined>;
}

/** Finds the command that the words begin with: the longest name first, in upper or lower case (reference 3.1). */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { readonly command: Command; readonly words: readonly string[] } | undefined {
  let found: { readonly command: Command; readonly words: readonly string[] } | undefined;
  for (const command of commands) {
    const name = command.name.split(" ");
    const isTyped = name.every((part, index) => words[index]?.toLowerCase() === part);
    if (isTyped && command.name.length > (found?.command.name.length ?? -1)) found = { command, words: words.slice(name.length) };
  }
  return found;
}

/** The command as one types it: `<required>` and `[optional]`. */
export function usageOf({ name, arguments: args }: Pick<Command, "name" | "arguments">, prefix = ""): string {
  const places = args.map((argument) => (argument.required ? `<${argument.name}>` : `[${argument.name}]`));
  return [...(prefix === "" ? [] : [prefix]), name, ...places].join(" ");
}

/** One line of help for each command, as Hookshot writes it (reference 3.1). */
export function helpLines(commands: readonly Pick<Command, "name" | "arguments" | "help" | "isHidden">[], prefix = ""): string {
  const shown = commands.filter((command) => command.isHidden !== true);
  return shown.map((command) => `- \`${usageOf(command, prefix)}\` - ${command.help}\n`).join("");
}
