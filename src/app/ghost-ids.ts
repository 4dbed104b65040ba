import type { BotDirectory } from "../core/bots.js";
import { serverOf, type UserId } from "../core/ids.js";

const longestUserIdBytes = 255;

/**
 * The user id of a ghost with that localpart, made fit for one: letters are small, and what may not stand there is written `=` and two
 * hexadecimal digits for each byte (Matrix spec, appendix "User identifiers", "Mapping from other character sets").
 * @returns undefined when the registration reserves no such user for us, or it is one of our bots
 */
export function ghostIdOf(localpart: string, bots: BotDirectory): UserId | undefined {
  const userId: UserId = `@${escapeLocalpart(localpart)}:${serverOf(bots.main.userId)}`;
  if (localpart === "" || Buffer.byteLength(userId) > longestUserIdBytes) return undefined;
  return bots.get(userId) === undefined && bots.isOurs(userId) ? userId : undefined;
}

function escapeLocalpart(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9._=\-/+]/gu, (character) => {
    return Array.from(Buffer.from(character, "utf8"), (byte) => `=${byte.toString(16).padStart(2, "0")}`).join("");
  });
}
