import { PermissionError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import { personLink, type GitHubLink } from "./access.js";
import { createGitHubApp, type GitHubApp } from "./app.js";
import { createGitHubClient, type GitHubClient } from "./client.js";
import { howToLogIn } from "./login-help.js";
import { createLoginBook, type LoginBook } from "./login.js";
import { usualPace, type OctokitPace } from "./octokit-pace.js";
import type { GitHubConfig } from "./schema.js";

type Context = ServiceContext<GitHubConfig>;

/** What everything that acts at GitHub is made of. */
export interface GitHubParts {
  readonly client: GitHubClient;
  readonly app: GitHubApp;
  readonly logins: LoginBook;
  readonly pace: OctokitPace;
}

/** Compiles schemas, so it is called once. */
export function createGitHubParts(pace: OctokitPace = usualPace): GitHubParts {
  const client = createGitHubClient();
  return { client, app: createGitHubApp(client, pace), logins: createLoginBook(), pace };
}

/**
 * The person's own account.
 * @returns undefined when they are not logged in
 * @throws PermissionError when the login cannot be read any more; StorageError when it was encrypted with another key; RemoteError when it has
 * to be renewed and cannot be just now
 */
export async function findPerson({ logins, pace }: GitHubParts, person: UserId, context: Context): Promise<GitHubLink | undefined> {
  const login = await logins.find(person, context);
  return login && personLink(login, context, pace);
}

/** For programs, which are told no more than whether somebody is logged in: what cannot be read any more is no login. */
export async function findUsable(parts: GitHubParts, person: UserId, context: Context): Promise<GitHubLink | undefined> {
  try {
    return await findPerson(parts, person, context);
  } catch (error) {
    if (error instanceof PermissionError) return undefined;
    throw error;
  }
}

/** @throws PermissionError with the remedy when the person is not logged in */
export async function requirePerson(parts: GitHubParts, person: UserId, context: Context): Promise<GitHubLink> {
  const link = await findPerson(parts, person, context);
  if (link !== undefined) return link;
  throw new PermissionError("You are not logged in.", "HS_FORBIDDEN_USER", howToLogIn(context));
}
