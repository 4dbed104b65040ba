import type { BotDirectory } from "../core/bots.js";
import type { RoomId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { ActiveService } from "../core/service.js";
import { canBeHeard, createListenerIndex } from "./listener-index.js";
import { commandText, firstWord, relationOf } from "./command-text.js";
import { ownCommandWords } from "./commands/own-command-words.js";
import type { PermissionRoomMembers } from "./deps.js";
import { createSecretWords } from "./secret-words.js";

interface InterestDeps {
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
  readonly permissionRooms: Pick<PermissionRoomMembers, "has">;
  readonly index: Pick<ConnectionIndex, "isCommandPrefix" | "listening">;
  /** Must be a look-up in memory. */
  isAdminRoom(roomId: RoomId): boolean;
}

/** Room state that changes what the bot may do or where it is. */
const lifecycleTypes: ReadonlySet<string> = new Set(["m.room.power_levels", "m.room.create", "m.room.tombstone", "m.room.encryption"]);

/** Longest first word that can be a prefix: room state allows 24 characters (reference 2.8), the configuration any number. */
const longestCustomPrefix = 24;

/**
 * Which events of a transaction ask something of us and are stored as work. Asked about every event of every transaction, so it only looks
 * at the event and at sets in memory; what it lets through is looked at again by the handler.
 */
export function createInterest(deps: InterestDeps): (event: MatrixEvent) => boolean {
  const stateTypes: ReadonlySet<string> = new Set(deps.services.flatMap(({ service }) => service.kinds.flatMap((kind) => kind.stateTypes)));
  const isCommand = createCommandTest(deps);
  const isHeard = createHearingTest(deps);
  return (event) => {
    if (event.type === "m.room.redaction") return true;
    if (event.type === "m.room.message" && isCommand(event)) return true;
    if (event.state_key === undefined) return isHeard(event);
    if (event.type === "m.room.member") return isMembershipOfInterest(event, deps);
    return stateTypes.has(event.type) || (lifecycleTypes.has(event.type) && event.state_key === "");
  };
}

function isMembershipOfInterest(event: MatrixEvent, { bots, permissionRooms }: InterestDeps): boolean {
  if (permissionRooms.has(event.room_id)) return true;
  const member = event.state_key ?? "";
  if (bots.get(member) !== undefined) return true;
  // Of a ghost only the invitation matters: it is refused. Of others those that our bots send, to chats that they opened.
  return event.content["membership"] === "invite" && (bots.get(event.sender) !== undefined || bots.isOurs(member));
}

/** Whether a connection of the room acts on the event or hands it on. */
function createHearingTest({ services, index, bots }: InterestDeps): (event: MatrixEvent) => boolean {
  const listenerOf = createListenerIndex(services);

  function isHeardBySome(event: MatrixEvent): boolean {
    const listening = index.listening(event.room_id);
    if (!(listening instanceof Promise)) {
      return listening.some((connection) => listenerOf(connection)?.listener.hears(event, connection) ?? false);
    }
    // Not in memory yet; from now on it is.
    listening.catch(() => undefined);
    return true;
  }

  function mayBeHeard(event: MatrixEvent): boolean {
    try {
      return isHeardBySome(event);
    } catch {
      // No event may keep its transaction from being taken. The handler looks again, and logs.
      return true;
    }
  }

  return (event) => canBeHeard(event) && mayBeHeard(event) && !bots.isOurs(event.sender);
}

function createCommandTest(deps: InterestDeps): (event: MatrixEvent) => boolean {
  const { bots, services, index } = deps;
  const prefixes = new Set<string>(ownCommandWords);
  for (const bot of bots.all) prefixes.add(bot.prefix.split(/\s/, 1)[0] ?? bot.prefix);
  for (const { service } of services) {
    for (const { defaultCommandPrefix } of service.kinds) if (defaultCommandPrefix !== undefined) prefixes.add(defaultCommandPrefix);
  }
  const isCommandPrefix = (word: string): boolean => index.isCommandPrefix(word);
  const secretWords = createSecretWords(deps);
  const longest = Math.max(longestCustomPrefix, secretWords.longestWord, ...[...prefixes].map((prefix) => prefix.length));

  function isTypedSecret(event: MatrixEvent): boolean {
    const found = secretWords.find(event, isCommandPrefix);
    return found !== undefined && (found.isCertain || deps.isAdminRoom(event.room_id));
  }

  function isTyped(text: string, event: MatrixEvent): boolean {
    if (deps.isAdminRoom(event.room_id)) return true;
    const word = firstWord(text, longest);
    if (word === undefined) return false;
    const inLowerCase = word.toLowerCase();
    if (prefixes.has(word) || prefixes.has(inLowerCase) || isCommandPrefix(word)) return true;
    // White space or a bot's name in front keeps a command from being one, but not a secret from being read.
    return (word === "" || secretWords.canBegin(inLowerCase)) && isTypedSecret(event);
  }

  return (event) => {
    const text = commandText(event);
    const asks =
      text === undefined ? relationOf(event.content["m.relates_to"]) !== undefined && isTypedSecret(event) : isTyped(text, event);
    // Last, because it tries the patterns of the registration file.
    return asks && !bots.isOurs(event.sender);
  };
}
