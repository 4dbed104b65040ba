import type { RoomRecord } from "../../core/ports/room-store.js";
import type { RoomWork } from "../../core/ports/room-work.js";
import { joinMarkdown, type Markdown } from "../../shared/markdown.js";
import { sentence } from "../../shared/sentence.js";
import { usageOf } from "../command.js";
import { relationOf } from "../command-text.js";
import { removeMessage } from "../remove-message.js";
import type { TypedSecret } from "../secret-words.js";
import type { AccountDeps } from "./account.js";

/** Takes care of a secret that was typed where it is not taken, and says so. @throws RemoteError when the homeserver has to be waited for */
export async function refuseSecret(
  work: RoomWork,
  room: RoomRecord,
  secret: TypedSecret,
  isDirectChat: boolean,
  deps: Omit<AccountDeps, "privateAnswers">,
): Promise<Markdown> {
  const { command, words, isCut } = secret;
  const usage = usageOf(command);
  const refusal = isDirectChat
    ? `${relationOf(work.event.content["m.relates_to"]) === "edit" ? "An edit" : "A reply"} is not taken as a command. Send \`${usage}\` as a new message.`
    : `\`${command.name}\` is for a direct chat with me alone. Open one with \`${deps.bots.main.userId}\`, leave encryption off, and type \`${usage}\` there.`;
  if (words.length === 0 && !isCut) return sentence(refusal);
  const isRemoved = await removeMessage(work, room, deps);
  return joinMarkdown([sentence(refusal), sentence(whatToDo(isRemoved, isDirectChat))], " ");
}

function whatToDo(isRemoved: boolean, isDirectChat: boolean): string {
  if (isDirectChat) return isRemoved ? "Your message was removed." : "Delete your message now: I may not remove it here.";
  return isRemoved
    ? "Your message was removed, but others may have read it: revoke that token and make a new one."
    : "Delete your message now, since I may not remove it here. Others may have read it: revoke that token and make a new one.";
}
