import type { RoomMessage } from "../core/message.js";
import type { RoomWork } from "../core/ports/room-work.js";
import { markdown, type Markdown } from "../shared/markdown.js";
import { usageOf, type Command, type TypedCommand } from "./command.js";
import type { BotLog } from "./deps.js";
import { MustWait, storeOrWait } from "./must-wait.js";
import { explainFailure, type AnswerStyle, type Outcome } from "./replies.js";

/** A command that took longer than this to reach us is not run. Time spent waiting in our own store does not count. */
const longestWayMs = 5 * 60 * 1000;

/** What came too late is not done: nobody waits for it any more. */
export function isTooLate({ event, receivedAt }: RoomWork): boolean {
  return receivedAt - event.origin_server_ts > longestWayMs;
}

function isMissingArguments(command: Command, { words }: TypedCommand): boolean {
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
 * @throws RemoteError when the homeserver has to be waited for, StorageError when the disk has to be; the command runs again then
 */
export async function runCommand(command: Command, typed: TypedCommand, options: RunOptions): Promise<readonly RoomMessage[]> {
  const outcome = await outcomeOf(command, typed, options);
  const also = await command.conclude?.(typed);
  return options.style.say(outcome, typed.work.event, also);
}

async function outcomeOf(command: Command, typed: TypedCommand, { style, prefix, log }: RunOptions): Promise<Outcome> {
  const { work } = typed;
  if (isTooLate(work)) return refused(tooLate);
  if (work.begun) return refused(interrupted);
  if (isMissingArguments(command, typed)) return { kind: "failed", reason: style.missingArgument(usageOf(command, prefix)) };
  try {
    return { kind: "succeeded", answer: await command.run({ ...typed, begin: () => storeOrWait(() => work.markBegun()) }) };
  } catch (error) {
    if (error instanceof MustWait) throw error.cause;
    const reason = explainFailure(error, style.remedies);
    if (reason === undefined) logFailure(command, work, error, log);
    return { kind: "failed", reason };
  }
}

const tooLate = markdown`This command was not run: it reached me more than 5 minutes after it was sent. Send it again if you still want it.`;
const interrupted = markdown`This command was interrupted, and whether it changed anything is not known. Look whether it did before you send it again.`;

function refused(reason: Markdown): Outcome {
  return { kind: "refused", reason };
}

function logFailure(command: Command, { event }: RoomWork, error: unknown, log: BotLog): void {
  const { event_id: eventId, room_id: roomId } = event;
  const what = command.takesSecret === true ? { place: placeOf(error) } : { error };
  log.error({ eventId, roomId, ...what }, `The command "${command.name}" failed`);
}

/** An error without its message, which may quote what was typed. */
function placeOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [typeof error];
  return [error.name, ...(error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line))];
}
