import type { RoomMessage } from "../core/message.js";
import type { RoomWork } from "../core/ports/room-work.js";
import { markdown } from "../shared/markdown.js";
import { usageOf, type Command, type CommandCall } from "./command.js";
import type { BotLog } from "./deps.js";
import { explainFailure, type AnswerStyle } from "./replies.js";

/** A command that took longer than this to reach us is not run. Time spent waiting in our own store does not count. */
const longestWayMs = 5 * 60 * 1000;

function isTooLate({ event, receivedAt }: RoomWork): boolean {
  return receivedAt - event.origin_server_ts > longestWayMs;
}

function isMissingArguments(command: Command, { words }: CommandCall): boolean {
  return command.explainsMissing !== true && words.length < command.arguments.filter((argument) => argument.required).length;
}

interface RunOptions {
  readonly style: AnswerStyle;
  /** What stands before the command's name, for the sentence that shows how to type it. */
  readonly prefix?: string;
  readonly log: BotLog;
}

/**
 * Runs a command and gives what is said about it.
 * @throws RemoteError when the homeserver has to be waited for; the command runs again then
 */
export async function runCommand(command: Command, call: CommandCall, { style, prefix, log }: RunOptions): Promise<readonly RoomMessage[]> {
  const { work } = call;
  const { event } = work;
  if (isTooLate(work)) {
    return style.refused(
      markdown`This command was not run: it reached me more than 5 minutes after it was sent. Send it again if you still want it.`,
      event,
    );
  }
  if (isMissingArguments(command, call)) {
    return style.failed(style.missingArgument(usageOf(command, prefix)), event);
  }
  if (command.effect === "remote") {
    if (work.begun) {
      return style.refused(
        markdown`This command was interrupted, and whether it changed anything is not known. Look there before you send it again.`,
        event,
      );
    }
    await work.markBegun();
  }
  try {
    return style.succeeded(await command.run(call), event);
  } catch (error) {
    const reason = explainFailure(error, style.hidesRemedies);
    if (reason === undefined) log.error({ eventId: event.event_id, roomId: event.room_id, error }, `The command "${command.name}" failed`);
    return style.failed(reason, event);
  }
}
