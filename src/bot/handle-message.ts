import type { Bot } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { Reply, RoomWork } from "../core/ports/room-work.js";
import { createMarkdownRenderer } from "../shared/markdown.js";
import { sentence } from "../shared/sentence.js";
import { findCommand, type Command } from "./command.js";
import { commandText } from "./command-text.js";
import { accountCommands } from "./commands/account.js";
import { adminCommands } from "./commands/admin-room.js";
import { connectCommand } from "./commands/connect.js";
import { createConnectionCommands } from "./commands/connection.js";
import { connectorsCommand } from "./commands/connectors.js";
import { connectionsCommand } from "./commands/connections.js";
import { withDevCommands } from "./commands/dev.js";
import { disconnectCommand } from "./commands/disconnect.js";
import { setupCommands } from "./commands/hookshot.js";
import { refuseSecret } from "./commands/misplaced-secret.js";
import { removeConnectionCommand } from "./commands/remove-connection.js";
import { switchboardHelpCommands } from "./commands/switchboard-help.js";
import type { BotDeps } from "./deps.js";
import { waitForPermissions } from "./may-change.js";
import { PrivateAnswers } from "./private-answers.js";
import { createAnswerStyles, type AnswerStyle } from "./replies.js";
import { knownRoom, undefinedIfRefused } from "./room-records.js";
import { runCommand } from "./run-command.js";
import { createSecretWords, type TypedSecret } from "./secret-words.js";
import { splitLikeHookshot, splitWords } from "./split-words.js";

/** What became of a message. */
interface HandledMessage {
  readonly kind: "command" | "secret" | "talk";
  readonly replies: readonly Reply[];
}

/** Runs the commands among messages. */
export function createMessageHandler(deps: BotDeps): (work: RoomWork) => Promise<HandledMessage> {
  const renderer = createMarkdownRenderer();
  const privateAnswers = new PrivateAnswers(deps, renderer);
  const own = [connectCommand({ ...deps, privateAnswers }), disconnectCommand(deps), connectionsCommand(deps), connectorsCommand(deps)];
  const ownCommands = [...own, ...switchboardHelpCommands(own)];
  const findConnectionCommand = createConnectionCommands(deps);
  // Service bots first, as Hookshot asks them.
  const setups = deps.bots.all.map((bot) => ({ bot, commands: setupCommands(bot, { ...deps, privateAnswers }) })).reverse();
  const secretWords = createSecretWords(deps);
  const accounts = withDevCommands(accountCommands({ ...deps, privateAnswers }, secretWords), deps);
  const inAdminRoom = adminCommands(ownCommands, [removeConnectionCommand(deps)], accounts);
  const styles = createAnswerStyles(renderer);

  /** `!connect` and the like always answer. */
  async function runOwn(message: Message, text: string): Promise<readonly Reply[] | undefined> {
    // A remote's name may have blanks: `!connect jira:"SD Elements" PLAY`.
    const found = findCommand(ownCommands, splitWords(text, "=:"));
    if (found === undefined) return undefined;
    const speaker = speakerFor(found.command.about?.(found.words) ?? "", message.room);
    return speaker === undefined ? [] : run(message, found, speaker, { style: styles.own });
  }

  /** Commands of connections; words they do not know may be set-up commands (reference 3.2). */
  async function runConnection(message: Message, text: string): Promise<readonly Reply[] | undefined> {
    const found = findConnectionCommand(text, message);
    return found && run(message, { command: found.command, words: [] }, found.speaker, { style: styles.connection });
  }

  /** Set-up commands are silent towards whoever may not connect anything, and about words they do not know (reference 3.2). */
  async function runSetup(message: Message, text: string): Promise<readonly Reply[] | undefined> {
    const addressed = setups.filter(({ bot }) => text.startsWith(`${bot.prefix} `));
    if (addressed.length === 0) return undefined;
    if (!deps.permissions.allowsAnywhere(message.actor, "manageConnections")) {
      waitForPermissions(deps.permissionRooms);
      return undefined;
    }
    for (const { bot, commands } of addressed) {
      const found = findCommand(commands, splitLikeHookshot(text.slice(bot.prefix.length)));
      if (found === undefined || !message.room.bots.includes(bot.userId)) continue;
      return run(message, found, bot, { style: styles.setup, prefix: bot.prefix });
    }
    return undefined;
  }

  async function runInAdminRoom(message: Message, text: string): Promise<readonly Reply[] | undefined> {
    if (!isDirectChat(message)) return undefined;
    const found = findCommand(inAdminRoom, splitWords(text));
    if (found !== undefined) return run(message, found, deps.bots.main, { style: styles.admin });
    const reason = sentence("Command not understood. For a list of commands, try `help`.");
    return repliesOf(deps.bots.main, message, styles.admin.say({ kind: "refused", reason }, message.work.event));
  }

  /**
   * What holds a secret is no other command, whatever else it looks like. However it was typed in the direct chat, it is taken; anywhere
   * else, while somebody else is in that chat, and in an edit or a reply, it is not.
   */
  async function runSecret(message: Message): Promise<readonly Reply[] | undefined> {
    const { work, connections } = message;
    const secret = secretWords.find(work.event, (word) => connections.some(({ state }) => state["commandPrefix"] === word));
    const isDirect = isDirectChat(message);
    if (secret === undefined || !(secret.isCertain || isDirect)) return undefined;
    return isDirect && (await isAlone(message)) ? runSecretInDirectChat(message, secret) : refuse(message, secret, false);
  }

  async function runSecretInDirectChat(message: Message, secret: TypedSecret): Promise<readonly Reply[]> {
    const command = inAdminRoom.find(({ name }) => name === secret.command.name);
    if (command !== undefined && commandText(message.work.event) !== undefined) {
      return run(message, { command, words: secret.words }, deps.bots.main, { style: styles.admin });
    }
    return refuse(message, secret, true);
  }

  async function refuse(message: Message, secret: TypedSecret, isDirect: boolean): Promise<readonly Reply[]> {
    const { work, room } = message;
    const speaker = speakerFor(secret.active.service.permissionName, room);
    if (speaker === undefined) return [];
    const reason = await refuseSecret(work, room, secret, isDirect, deps);
    return repliesOf(speaker, message, (isDirect ? styles.admin : styles.connection).say({ kind: "failed", reason }, work.event));
  }

  /** In a direct chat only the person whose chat it is is heard. */
  function isDirectChat({ room, actor }: Message): boolean {
    return deps.adminRooms.has(room.roomId) && room.adminUser === actor && room.bots.includes(deps.bots.main.userId);
  }

  /** Whether nobody but the person and our users can read along. Asked only about secrets. @throws RemoteError */
  async function isAlone({ room, actor }: Message): Promise<boolean> {
    const members = await deps.roomState.joinedMembers(room.roomId, deps.bots.main.userId).catch(undefinedIfRefused);
    return members?.every((member) => member === actor || deps.bots.isOurs(member)) ?? false;
  }

  function speakerFor(service: string, room: RoomRecord): Bot | undefined {
    return deps.bots.forService(service, room.bots) ?? deps.bots.all.find((bot) => room.bots.includes(bot.userId));
  }

  async function run(message: Message, { command, words }: Found, speaker: Bot, how: How): Promise<readonly Reply[]> {
    return repliesOf(speaker, message, await runCommand(command, { ...message, words }, { ...how, log: deps.log }));
  }

  return async (work) => {
    const { sender: actor, room_id: roomId } = work.event;
    if (deps.bots.isOurs(actor)) return talk;
    const room = await knownRoom(deps, roomId);
    const message = { work, room, actor, connections: await deps.operations.list(roomId) };
    const aboutSecret = await runSecret(message);
    if (aboutSecret !== undefined) return { kind: "secret", replies: aboutSecret };
    const text = commandText(work.event);
    if (text === undefined) return talk;
    for (const attempt of [runOwn, runConnection, runSetup, runInAdminRoom]) {
      const replies = await attempt(message, text);
      if (replies !== undefined) return { kind: "command", replies };
    }
    return talk;
  };
}

const talk: HandledMessage = { kind: "talk", replies: [] };

/** A message, and what is known of the room it stands in. */
interface Message {
  readonly work: RoomWork;
  readonly room: RoomRecord;
  readonly actor: UserId;
  readonly connections: readonly Connection[];
}

interface Found {
  readonly command: Command;
  readonly words: readonly string[];
}

interface How {
  readonly style: AnswerStyle;
  readonly prefix?: string;
}

function repliesOf(bot: Bot, { room }: Message, messages: readonly RoomMessage[]): readonly Reply[] {
  return messages.map((message) => ({ roomId: room.roomId, sender: bot.userId, message }));
}
