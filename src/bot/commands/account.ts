import { PermissionError, SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { PermissionLevel } from "../../core/permissions.js";
import type { AccountCommand } from "../../core/room-commands.js";
import type { ActiveService } from "../../core/service.js";
import { sentence } from "../../shared/sentence.js";
import { callService } from "../call-service.js";
import type { Command, CommandCall } from "../command.js";
import type { BotDeps } from "../deps.js";
import { waitForPermissions } from "../may-change.js";
import { storeOrWait } from "../must-wait.js";
import type { PrivateAnswers } from "../private-answers.js";
import { removeMessage } from "../remove-message.js";
import type { Answer } from "../replies.js";
import type { SecretWords } from "../secret-words.js";

export type AccountDeps = Pick<
  BotDeps,
  "services" | "permissions" | "permissionRooms" | "unitOfWork" | "roomState" | "clock" | "log" | "bots"
> & { readonly privateAnswers: PrivateAnswers };

/** What a service lets people do in the direct chat about their own account there. */
export interface AccountCommands {
  readonly active: ActiveService;
  readonly commands: readonly Command[];
}

export function accountCommands(deps: AccountDeps, secretWords: SecretWords): readonly AccountCommands[] {
  return deps.services.flatMap((active) => {
    const commands = (active.service.accountCommands ?? []).map((command) => toCommand(command, active, deps, secretWords));
    return commands.length === 0 ? [] : [{ active, commands }];
  });
}

function toCommand(command: AccountCommand<unknown>, active: ActiveService, deps: AccountDeps, secretWords: SecretWords): Command {
  const takesSecret = command.takesSecret === true;
  return {
    name: command.name,
    arguments: command.arguments,
    help: command.help,
    takesSecret,
    // Where nothing can be kept, that is said and not how to type it: the words may have been cut off.
    explainsMissing: takesSecret && !active.context.logins.canKeep,
    run: (call) => run(command, call, active, deps),
    async conclude({ work, room, words }) {
      // Behind whatever prefix it was found: here it only counts whether its words were cut off.
      const secret = secretWords.find(work.event, () => true);
      if (!takesSecret || (words.length === 0 && secret?.isCut !== true)) return undefined;
      return (await removeMessage(work, room, deps)) ? removed : notRemoved;
    },
  };
}

const removed = sentence("Your message was removed, because it held a secret.");
const notRemoved = sentence("Delete your message now, because it holds a secret: I may not remove it here.");

async function run(command: AccountCommand<unknown>, call: CommandCall, active: ActiveService, deps: AccountDeps): Promise<Answer> {
  const { service, context } = active;
  if (command.level !== undefined) requireLevel(call.actor, service.permissionName, command.level, deps);
  if (command.takesSecret === true && !context.logins.canKeep) throw new SwitchboardError("HS_DISABLED_FEATURE", nothingIsKept);
  const { answer, changes = [], isSecret } = await callService(() => command.run(call.words, call.actor, context));
  if (changes.length > 0) await storeOrWait(() => deps.unitOfWork.commit(changes));
  if (isSecret !== true) return answer;
  await deps.privateAnswers.tellMarkdown(call, command.name, answer);
  return { reaction: "✅" };
}

/**
 * Hookshot's sentences for what somebody may not do in the direct chat (reference 3.4), with the remedy.
 * @throws PermissionError; RemoteError while it is not known whether they may
 */
export function requireLevel(
  actor: UserId,
  service: string,
  level: PermissionLevel,
  { permissions, permissionRooms }: Pick<BotDeps, "permissions" | "permissionRooms">,
): void {
  if (permissions.allows(actor, service, level)) return;
  waitForPermissions(permissionRooms);
  const remedy = `the administrator for the level \`${level}\` in the configuration's \`permissions\`.`;
  if (level === "login") {
    throw new PermissionError("User does not have permission to log in to service", undefined, `\`${service}\`: ask ${remedy}`);
  }
  const refusal = level === "admin" ? "Insufficient permissions." : "You do not have permission to use this command.";
  throw new PermissionError(refusal, undefined, `Ask ${remedy}`);
}

const nothingIsKept =
  "No token is taken here, because there is no key to encrypt it with. Ask the administrator to set `storage.keyFile` (`switchboard init` makes one) or `passFile`, then type it again.";
