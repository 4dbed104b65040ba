import type { Bot } from "../core/bots.js";
import type { RoomMessage } from "../core/message.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { Reply, RoomWork, RoomWorkHandler } from "../core/ports/room-work.js";
import { createMarkdownRenderer } from "../shared/markdown.js";
import { findCommand, type Command } from "./command.js";
import { commandText } from "./command-text.js";
import { adminCommands } from "./commands/admin-room.js";
import { connectCommand } from "./commands/connect.js";
import { connectionsCommand } from "./commands/connections.js";
import { disconnectCommand } from "./commands/disconnect.js";
import { setupCommands } from "./commands/hookshot.js";
import { switchboardHelpCommands } from "./commands/switchboard-help.js";
import type { BotDeps } from "./deps.js";
import { waitForPermissions } from "./may-change.js";
import { createAnswerStyles } from "./replies.js";
import { knownRoom } from "./room-records.js";
import { runCommand } from "./run-command.js";
import { sentence } from "./sentence.js";
import { splitLikeHookshot, splitWords } from "./split-words.js";

/** Runs the commands among messages. Every other message gives nothing. */
export function createMessageHandler(deps: BotDeps): RoomWorkHandler {
  const own = [connectCommand(deps), disconnectCommand(deps), connectionsCommand(deps)];
  const ownCommands = [...own, ...switchboardHelpCommands(own)];
  // Service bots first, as Hookshot asks them.
  const setups = deps.bots.all.map((bot) => ({ bot, commands: setupCommands(bot, deps) })).reverse();
  const inAdminRoom = adminCommands(ownCommands);
  const styles = createAnswerStyles(createMarkdownRenderer());

  /** `!connect` and the like always answer. */
  async function runOwn(work: RoomWork, text: string): Promise<readonly Reply[] | undefined> {
    const found = findCommand(ownCommands, splitWords(text));
    if (found === undefined) return undefined;
    const room = await knownRoom(deps, work.event.room_id);
    const speaker = deps.bots.forService(found.command.about?.(found.words) ?? "", room.bots) ?? firstBot(room);
    if (speaker === undefined) return [];
    return repliesOf(speaker, room, await run(found.command, found.words));

    function run(command: Command, words: readonly string[]): Promise<readonly RoomMessage[]> {
      return runCommand(command, { work, room, actor: work.event.sender, words }, { style: styles.own, log: deps.log });
    }
  }

  function firstBot(room: RoomRecord): Bot | undefined {
    return deps.bots.all.find((bot) => room.bots.includes(bot.userId));
  }

  /** Set-up commands are silent towards whoever may not connect anything, and about words they do not know (reference 3.2). */
  async function runSetup(work: RoomWork, text: string): Promise<readonly Reply[] | undefined> {
    const addressed = setups.filter(({ bot }) => text.startsWith(`${bot.prefix} `));
    if (addressed.length === 0) return undefined;
    const { event } = work;
    if (!deps.permissions.allowsAnywhere(event.sender, "manageConnections")) {
      waitForPermissions(deps.permissionRooms);
      return undefined;
    }
    const room = await knownRoom(deps, event.room_id);
    for (const { bot, commands } of addressed) {
      const found = findCommand(commands, splitLikeHookshot(text.slice(bot.prefix.length)));
      if (found === undefined || !room.bots.includes(bot.userId)) continue;
      const call = { work, room, actor: event.sender, words: found.words };
      return repliesOf(bot, room, await runCommand(found.command, call, { style: styles.hookshot, prefix: bot.prefix, log: deps.log }));
    }
    return undefined;
  }

  /** In a direct chat only the person whose chat it is is heard. */
  async function runInAdminRoom(work: RoomWork, text: string): Promise<readonly Reply[]> {
    const { event } = work;
    if (!deps.adminRooms.has(event.room_id)) return [];
    const room = await knownRoom(deps, event.room_id);
    const speaker = deps.bots.main;
    if (room.adminUser !== event.sender || !room.bots.includes(speaker.userId)) return [];
    const found = findCommand(inAdminRoom, splitLikeHookshot(text));
    if (found === undefined) {
      return repliesOf(speaker, room, styles.admin.refused(sentence("Command not understood. For a list of commands, try `help`."), event));
    }
    const call = { work, room, actor: event.sender, words: found.words };
    return repliesOf(speaker, room, await runCommand(found.command, call, { style: styles.admin, log: deps.log }));
  }

  return async (work) => {
    const text = commandText(work.event);
    if (text === undefined || deps.bots.isOurs(work.event.sender)) return [];
    return (await runOwn(work, text)) ?? (await runSetup(work, text)) ?? runInAdminRoom(work, text);
  };
}

function repliesOf(bot: Bot, room: RoomRecord, messages: readonly RoomMessage[]): readonly Reply[] {
  return messages.map((message) => ({ roomId: room.roomId, sender: bot.userId, message }));
}
