import { ValidationError } from "../../core/errors.js";
import type { CommandSession } from "./commands-session.js";
import { isLogin } from "./repository-name.js";

/**
 * The accounts that were typed, between blanks or commas; the person's own for nobody and for `me`.
 * @throws ValidationError for a word that no account can be called
 */
export async function chooseAssignees({ client, link }: CommandSession, typed: string): Promise<readonly string[]> {
  const words = typed.split(/[\s,]+/).filter((word) => word !== "");
  const chosen = words.length === 0 ? ["me"] : words.map((word) => word.replace(/^@/, ""));
  const wrong = chosen.find((word) => !isLogin(word));
  if (wrong !== undefined) throw new ValidationError(`"${wrong}" is no GitHub account. Type its name there, such as \`octocat\`.`);
  const others = chosen.filter((word) => word !== "me");
  const own = others.length === chosen.length ? [] : [(await client.whoAmI(link)).login];
  return [...new Set([...own, ...others])];
}
