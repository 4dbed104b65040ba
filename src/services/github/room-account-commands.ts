import { NotFoundError, ValidationError } from "../../core/errors.js";
import type { RoomId, UserId } from "../../core/ids.js";
import type { AccountCommand } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import { sentence } from "../../shared/sentence.js";
import { discussionAlias, findDiscussionRoom } from "./discussion-rooms.js";
import { projectsRetired } from "./kind-project.js";
import { nameOf, parseIssueNumber, repositoryName, type IssueName } from "./repository-name.js";
import type { RoomParts } from "./room-parts.js";
import type { GitHubConfig } from "./schema.js";
import { requirePerson } from "./session.js";

type Context = ServiceContext<GitHubConfig>;

/** Commands in the direct chat about rooms of their own (Hookshot reference 3.4). */
export function createRoomAccountCommands(parts: RoomParts): readonly AccountCommand<GitHubConfig>[] {
  const argument = (name: string, required = true): { readonly name: string; readonly required: boolean } => ({ name, required });
  const retired = (name: string, help: string, args: AccountCommand<GitHubConfig>["arguments"]): AccountCommand<GitHubConfig> => ({
    ...{ name, help, arguments: args },
    run: async () => ({
      answer: sentence(`${projectsRetired}. Connect the repository instead: \`!connect github <owner>/<repo>\` in a room.`),
    }),
  });
  return [
    {
      name: "github discussion open",
      arguments: [argument("owner"), argument("repo"), argument("number")],
      help: "Open a room for a discussion at GitHub.",
      level: "commands",
      run: async (words, actor, context) => ({ answer: await openDiscussion(parts, words, actor, context) }),
    },
    retired("github project list-for-user", "List a user's classic projects (retired by GitHub).", [
      argument("user", false),
      argument("repo", false),
    ]),
    retired("github project list-for-org", "List an organisation's classic projects (retired by GitHub).", [
      argument("org"),
      argument("repo", false),
    ]),
    retired("github project open", "Open a room for a classic project (retired by GitHub).", [argument("projectId")]),
  ];
}

/** What the person may read becomes a room: for everybody where the repository is, else for them alone. */
async function openDiscussion(parts: RoomParts, words: readonly string[], actor: UserId, context: Context): Promise<Markdown> {
  const name = readDiscussionName(words);
  const link = await requirePerson(parts.gitHub, actor, context);
  const found = await parts.client.discussion(link, name);
  if (found === undefined) {
    throw new NotFoundError(
      `There is no discussion ${name.number} in ${nameOf(name)} at ${link.site.webUrl}, or your account may not see it. Check the number.`,
    );
  }
  const { isPrivate, ...opened } = found;
  const before = await findDiscussionRoom(opened, context);
  if (before !== undefined) return markdown`It has a room already: ${roomLink(before)}`;
  const alias = discussionAlias(opened.repository, opened.discussion.number);
  const wish = isPrivate ? { isPublic: false } : { isPublic: true, alias };
  return markdown`Opened ${roomLink(await parts.openDiscussionRoom({ ...opened, ...wish, invite: [actor] }, context))}`;
}

/** @throws ValidationError */
function readDiscussionName([owner, repo, number = "", ...others]: readonly string[]): IssueName {
  const repository = repositoryName(owner, repo);
  const counted = parseIssueNumber(number);
  if (repository !== undefined && counted !== undefined && others.length === 0) return { ...repository, number: counted };
  throw new ValidationError("Type `github discussion open <owner> <repo> <number>`, for example `github discussion open octo hello 7`.");
}

function roomLink(roomId: RoomId): Markdown {
  return markdownLink("the discussion's room", `https://matrix.to/#/${encodeURIComponent(roomId)}`);
}
