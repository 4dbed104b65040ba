import { NotFoundError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { CommandArgument, ConnectionCommand, ConnectionCommandCall } from "../../core/room-commands.js";
import { markdown, type Markdown } from "../../shared/markdown.js";
import { accountWords } from "./access.js";
import { chooseTransition } from "./choose-transition.js";
import { chooseUser } from "./choose-user.js";
import { createdText, issueLink, issueText } from "./command-answers.js";
import { plainText } from "./plain-text.js";
import type { JiraConfig } from "./schema.js";
import { searchByJql, searchText } from "./search-issues.js";
import type { JiraParts } from "./parts.js";
import { findIssue, openSession, type Session } from "./session.js";

type Descriptor = Omit<ConnectionCommand<JiraConfig>, "run"> & { readonly run: (session: Session) => Promise<Markdown> };

const issue: CommandArgument = { name: "issue", required: true, isItem: true };

/** What people do in Jira from a connected room: as themselves, or through the instance's credential. */
export function createCommands(parts: JiraParts): readonly ConnectionCommand<JiraConfig>[] {
  const command = (descriptor: Descriptor): ConnectionCommand<JiraConfig> => ({
    ...descriptor,
    run: async (call, context) => descriptor.run(await openSession(parts, call, context)),
  });
  return [
    command({
      name: "create",
      arguments: [
        { name: "type", required: true },
        { name: "title", required: true, isText: true },
        { name: "description", required: false },
        { name: "labels", required: false },
      ],
      help: "Create an issue. Labels are separated by commas.",
      effect: "change",
      run: createIssue,
    }),
    command({ name: "issue-types", arguments: [], help: "List the types that an issue can have.", effect: "read", run: listIssueTypes }),
    command({ name: "view", arguments: [issue], help: "Show an issue.", effect: "read", run: viewIssue }),
    command({
      name: "comment",
      arguments: [issue, { name: "text", required: true, isText: true }],
      help: "Comment on an issue.",
      effect: "change",
      run: commentOnIssue,
    }),
    command({
      name: "transition",
      arguments: [issue, { name: "status or transition", required: true, isText: true }],
      help: "Move an issue to another status.",
      effect: "change",
      run: moveIssue,
    }),
    command({
      name: "assign",
      arguments: [issue, { name: "user", required: true, isText: true }],
      help: "Assign an issue: by name, e-mail address, or `me`.",
      effect: "change",
      run: assignIssue,
    }),
    command({
      name: "search",
      arguments: [{ name: "text", required: true, isText: true }],
      help: "Find issues of the project by words in them.",
      effect: "read",
      run: (session) => searchText(session, value(session.call, "text")),
    }),
    command({
      name: "search jql",
      arguments: [{ name: "JQL", required: true, isText: true }],
      help: "Find issues by a query in Jira's language.",
      effect: "read",
      run: (session) => searchByJql(session, value(session.call, "JQL")),
    }),
  ];
}

/** @throws ValidationError for an argument of nothing but white space */
function value({ values }: ConnectionCommandCall, name: string): string {
  const typed = values[name] ?? "";
  if (typed.trim() === "") throw new ValidationError(`The ${name} is missing.`);
  return typed;
}

async function createIssue(session: Session): Promise<Markdown> {
  const { tracker, projectKey, call, account } = session;
  const { title, description } = readTexts(call);
  const type = chooseType(await readIssueTypes(session), value(call, "type"), call.prefix);
  const signed = account.user === undefined ? signedText(call.actor, description) : description;
  const labels = readLabels(call.values["labels"]);
  await call.begin();
  return createdText(
    await tracker.create({ projectKey, type, summary: title, labels, ...(signed === undefined ? {} : { description: signed }) }),
  );
}

/** A title has one line. What was typed below it describes the issue, unless a description was typed as well. */
function readTexts(call: ConnectionCommandCall): { readonly title: string; readonly description: string | undefined } {
  const typed = plainText(value(call, "title")).trim();
  const description = call.values["description"]?.trim() || undefined;
  const end = typed.indexOf("\n");
  if (description !== undefined || end < 0) return { title: typed, description };
  return { title: typed.slice(0, end), description: typed.slice(end + 1).trim() || undefined };
}

/** What is written through the credential names who wrote it, in front, where nothing typed can pass for it. */
function signedText(actor: UserId, text: string | undefined): string {
  return text === undefined ? `From ${actor} (Matrix).` : `From ${actor} (Matrix):\n\n${text}`;
}

/** @throws ValidationError in Hookshot's words (reference 3.3) */
function chooseType(types: readonly string[], typed: string, prefix: string): string {
  const wanted = typed.trim().toLowerCase();
  const [first] = types;
  if (first === undefined) {
    throw new ValidationError("Cannot create issue, project has no issue types. Whoever manages the project can add one in Jira.");
  }
  const chosen = types.find((type) => type.toLowerCase() === wanted);
  if (chosen !== undefined) return chosen;
  const example = /\s/.test(first) ? `"${first}"` : first;
  throw new ValidationError(`You must specify a valid issue type (one of ${types.join(", ")}). E.g. ${prefix} create ${example}`);
}

function readLabels(typed: string | undefined): readonly string[] {
  const labels = (typed ?? "").split(",").map((label) => plainText(label).trim());
  return [...new Set(labels.filter((label) => label !== ""))];
}

async function listIssueTypes(session: Session): Promise<Markdown> {
  const types = await readIssueTypes(session);
  const { projectKey, call } = session;
  if (types.length === 0) return markdown`${projectKey} has no issue types.`;
  // Hookshot's words (reference 3.3); with several projects in the room, which one they are of.
  const which = call.connections.length > 1 ? ` (project ${projectKey})` : "";
  return markdown`Issue types: ${types.join(", ")}${which}`;
}

async function readIssueTypes({ tracker, projectKey, account }: Session): Promise<readonly string[]> {
  const types = await tracker.issueTypes(projectKey);
  if (types !== undefined) return types;
  const who = accountWords(account.access);
  throw new NotFoundError(
    `There is no project ${projectKey} at ${account.instance.url}, or ${who} may not see it. If it has another key now, connect the room to that.`,
  );
}

async function viewIssue(session: Session): Promise<Markdown> {
  return issueText(await findIssue(session, value(session.call, "issue")));
}

async function commentOnIssue(session: Session): Promise<Markdown> {
  const { tracker, call, account } = session;
  const text = value(call, "text");
  const found = await findIssue(session, value(call, "issue"));
  await call.begin();
  await tracker.comment(found.key, account.user === undefined ? signedText(call.actor, text) : text);
  return markdown`Commented on ${issueLink(found)}: ${found.summary}`;
}

async function moveIssue(session: Session): Promise<Markdown> {
  const { tracker, call } = session;
  const wanted = value(call, "status or transition");
  const found = await findIssue(session, value(call, "issue"));
  const transition = chooseTransition(found, await tracker.transitions(found.key), wanted);
  await call.begin();
  await tracker.transition(found.key, transition);
  return markdown`Moved ${issueLink(found)} from ${found.status} to ${transition.to}: ${found.summary}`;
}

async function assignIssue(session: Session): Promise<Markdown> {
  const { tracker, call } = session;
  const wanted = value(call, "user");
  const found = await findIssue(session, value(call, "issue"));
  const user = await chooseUser(session, found.key, wanted);
  await call.begin();
  await tracker.assign(found.key, user);
  return markdown`Assigned ${issueLink(found)} to ${user.displayName}: ${found.summary}`;
}
