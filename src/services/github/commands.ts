import { NotFoundError, ValidationError } from "../../core/errors.js";
import type { CommandArgument, CommandReaction, ConnectionCommand, ConnectionCommandCall } from "../../core/room-commands.js";
import { markdown, type Markdown } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { ReviewEvent } from "./client.js";
import { issueText, titleText } from "./command-answers.js";
import { chooseAssignees } from "./commands-assign.js";
import { findIssue, openSession, readIssueName, requireOwnLogin, signed, type CommandSession } from "./commands-session.js";
import { runWorkflow } from "./commands-workflow.js";
import { nameOf, parseIssueNumber, type IssueName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import type { GitHubParts } from "./session.js";

type Answer = Markdown | CommandReaction;
type Descriptor = Omit<ConnectionCommand<GitHubConfig>, "run"> & { readonly run: (session: CommandSession) => Promise<Answer> };

const done: CommandReaction = { reaction: "✅" };
const number: CommandArgument = { name: "number", required: true, isItem: true };
const comment: CommandArgument = { name: "comment", required: false, isText: true };

/** What people do at GitHub from a connected room, as themselves. The first four are Hookshot's (reference 3.3). */
export function createRepositoryCommands(parts: GitHubParts): readonly ConnectionCommand<GitHubConfig>[] {
  const command = (descriptor: Descriptor): ConnectionCommand<GitHubConfig> => ({
    ...descriptor,
    run: async (call, context) => descriptor.run(await openSession(parts, call, context)),
  });
  return [
    command({
      name: "create",
      arguments: [
        { name: "title", required: true, isText: true },
        { name: "description", required: false },
        { name: "labels", required: false },
      ],
      help: "Create an issue. Labels are separated by commas.",
      effect: "change",
      run: createIssue,
    }),
    command({
      name: "assign",
      arguments: [
        { name: "number", required: false, isItem: true },
        { name: "users", required: false, isText: true },
      ],
      help: "Assign an issue (unless given, the newest) to people (unless given, to you).",
      effect: "change",
      run: assignIssue,
    }),
    command({
      name: "close",
      arguments: [number, comment],
      help: "Close an issue or pull request, with a comment if you like.",
      effect: "change",
      run: (session) => setState(session, "closed"),
    }),
    command({
      name: "workflow run",
      arguments: [
        { name: "name", required: true },
        { name: "args", required: false },
        { name: "ref", required: false },
      ],
      help: "Start a workflow. Arguments are written `name=value`, separated by commas.",
      effect: "change",
      run: runWorkflow,
    }),
    command({ name: "view", arguments: [number], help: "Show an issue or pull request.", effect: "read", run: viewIssue }),
    command({
      name: "comment",
      arguments: [number, { name: "text", required: true, isText: true }],
      help: "Comment on an issue or pull request.",
      effect: "change",
      run: commentOnIssue,
    }),
    command({
      name: "reopen",
      arguments: [number, comment],
      help: "Reopen an issue or pull request, with a comment if you like.",
      effect: "change",
      run: (session) => setState(session, "open"),
    }),
    command({
      name: "review",
      arguments: [number, { name: "verdict", required: true }, { name: "text", required: false, isText: true }],
      help: "Review a pull request: `approve`, `request-changes` or `comment`.",
      effect: "change",
      run: reviewPull,
    }),
  ];
}

async function createIssue(session: CommandSession): Promise<Answer> {
  const { client, link, repository, call } = session;
  const { title, body: typed } = readTexts(call);
  const body = signed(session, typed ?? "") || undefined;
  const labels = [...new Set([...readList(call.values["labels"]), ...usualLabels(call)])];
  await call.begin();
  const { number: made } = await client.createIssue(link, repository, { title, labels, ...(body === undefined ? {} : { body }) });
  return { reaction: `Issue #${made}` };
}

/** A title has one line. What was typed below it describes the issue, unless a description was typed as well. */
function readTexts({ values }: ConnectionCommandCall): { readonly title: string; readonly body: string | undefined } {
  const typed = wellFormed(values["title"] ?? "").trim();
  if (typed === "") throw new ValidationError("The title is missing.");
  const description = wellFormed(values["description"] ?? "").trim() || undefined;
  const end = typed.search(/[\r\n]/);
  if (description !== undefined || end < 0) return { title: typed.replace(/\s+/g, " "), body: description };
  return { title: typed.slice(0, end).trim(), body: typed.slice(end).trim() || undefined };
}

/** What the connection puts on every issue that is made from its room (`newIssue.labels`). */
function usualLabels({ connection }: ConnectionCommandCall): readonly string[] {
  const newIssue = connection.state["newIssue"];
  const labels: unknown = typeof newIssue === "object" && newIssue !== null && "labels" in newIssue ? newIssue.labels : undefined;
  return Array.isArray(labels) ? labels.filter((label) => typeof label === "string") : [];
}

function readList(typed: string | undefined): readonly string[] {
  return wellFormed(typed ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

async function assignIssue(session: CommandSession): Promise<Answer> {
  requireOwnLogin(session);
  const { client, link, repository, call } = session;
  const { number: typedNumber, users } = call.values;
  // `assign ada` means the newest issue, too.
  const isIssue = typedNumber !== undefined && isIssueLike(typedNumber);
  const name = isIssue ? readIssueName(session, typedNumber) : await newestIssue(session);
  const typedUsers = isIssue ? users : [typedNumber, users].filter((word) => word !== undefined).join(" ");
  const logins = await chooseAssignees(session, typedUsers ?? "");
  await call.begin();
  const assigned = await client.addAssignees(link, name, logins);
  const left = logins.filter((login) => assigned?.some((one) => one.toLowerCase() === login.toLowerCase()) === false);
  if (left.length === 0) return done;
  throw new ValidationError(
    `GitHub did not assign ${left.join(", ")} to #${name.number}. Only people with access to ${nameOf(repository)} can be assigned, and no more than ten.`,
  );
}

function isIssueLike(typed: string): boolean {
  return parseIssueNumber(typed) !== undefined || /[#/:]/.test(typed);
}

async function newestIssue({ client, link, repository }: CommandSession): Promise<IssueName> {
  const newest = await client.newestIssue(link, repository);
  // Hookshot's sentence (reference 3.3).
  if (newest === undefined) throw new NotFoundError("There are no issues on this repository");
  return { ...repository, number: newest.number };
}

async function setState(session: CommandSession, state: "open" | "closed"): Promise<Answer> {
  const { client, link, call } = session;
  const name = readIssueName(session, call.values["number"] ?? "");
  const text = signed(session, wellFormed(call.values["comment"] ?? "").trim());
  await call.begin();
  if (text !== "") await client.addComment(link, name, text);
  await client.setState(link, name, state);
  return done;
}

async function viewIssue(session: CommandSession): Promise<Answer> {
  return issueText((await findIssue(session, session.call.values["number"] ?? "")).issue);
}

async function commentOnIssue(session: CommandSession): Promise<Answer> {
  const { client, link, call } = session;
  const { name, issue } = await findIssue(session, call.values["number"] ?? "");
  await call.begin();
  await client.addComment(link, name, signed(session, wellFormed(call.values["text"] ?? "")));
  return markdown`Commented on ${titleText(issue)}`;
}

const verdicts: Readonly<Record<string, { readonly event: ReviewEvent; readonly said: string }>> = {
  approve: { event: "APPROVE", said: "Approved" },
  "request-changes": { event: "REQUEST_CHANGES", said: "Requested changes of" },
  comment: { event: "COMMENT", said: "Commented on" },
};

async function reviewPull(session: CommandSession): Promise<Answer> {
  requireOwnLogin(session);
  const { client, link, call } = session;
  const typed = (call.values["verdict"] ?? "").toLowerCase();
  const verdict = Object.hasOwn(verdicts, typed) ? verdicts[typed] : undefined;
  if (verdict === undefined) throw new ValidationError(`"${typed}" is no verdict. Type \`approve\`, \`request-changes\` or \`comment\`.`);
  const body = wellFormed(call.values["text"] ?? "").trim();
  if (body === "" && verdict.event !== "APPROVE")
    throw new ValidationError("The text is missing: GitHub takes only an approval without one.");
  const { name, issue } = await findIssue(session, call.values["number"] ?? "");
  if (!issue.pull_request) throw new ValidationError(`#${name.number} is an issue, and only pull requests are reviewed.`);
  await call.begin();
  await client.createReview(link, name, { event: verdict.event, body });
  return markdown`${verdict.said} ${titleText(issue)}`;
}
