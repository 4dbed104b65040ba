import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import { howToLogIn } from "./how-to-log-in.js";
import type { Session } from "./session.js";
import { typedName } from "./typed-name.js";

/** People whom an answer lists. */
const mostListed = 10;

/**
 * The person meant by a display name, an e-mail address, a user name, an account id or `me`.
 * @throws NotFoundError when nobody fits, ValidationError that lists those who do when several fit
 */
export async function chooseUser(session: Session, issueKey: string, typed: string): Promise<TrackerUser> {
  const wanted = typedName(typed);
  if (wanted.toLowerCase() === "me") return oneself(session);
  const users = await session.tracker.findAssignable(issueKey, wanted);
  const exact = users.filter((user) => isCalled(user, wanted));
  const [first, ...others] = exact.length > 0 ? exact : users;
  if (first === undefined) {
    // Hookshot's sentence (reference 3.3), then what to do.
    throw new NotFoundError(
      `Could not find a user matching '${wanted}' whom ${issueKey} can be assigned to. Type the name as Jira shows it, or the e-mail address.`,
    );
  }
  if (others.length === 0) return first;
  throw new ValidationError(`Several people fit '${wanted}': ${describe([first, ...others])}. Type what stands in brackets.`);
}

function oneself({ account, context }: Session): TrackerUser {
  if (account.user !== undefined) return account.user;
  throw new PermissionError(
    `I do not know who you are at ${account.instance.url}. ${howToLogIn([account.instance], context)} Or type your name there.`,
  );
}

function isCalled({ id, displayName, email }: TrackerUser, wanted: string): boolean {
  return [id, displayName, email].some((name) => name?.toLowerCase() === wanted.toLowerCase());
}

function describe(users: readonly TrackerUser[]): string {
  const shown = users.slice(0, mostListed).map(({ displayName, id }) => `${displayName} [\`${id}\`]`);
  const hidden = users.length - shown.length;
  return `${shown.join(", ")}${hidden > 0 ? ` and ${hidden} more` : ""}`;
}
