import type { Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import type { RoomMessage } from "../../core/message.js";
import type { RoomId } from "../../core/ids.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { LateRendering, ServiceContext } from "../../core/service.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { Repository } from "./events.js";
import { deletedPerson, ghostOf, type Person } from "./ghosts.js";
import { bookOfHookshot, emptyBook, isTold, readBook, withTold, writeBook, type IssueRoomBook } from "./issue-room-book.js";
import { issueOfState } from "./issue-room-state.js";
import { syncEventName, waitForGitHub } from "./issue-room-waiting.js";
import { issueContent } from "./messages-parts.js";
import { findOwnComment } from "./own-comments.js";
import type { PersonAnswer, RoomCommentAnswer, RoomIssueAnswer } from "./room-answers.js";
import { issueRoomName, issueTopic } from "./room-names.js";
import type { RoomParts } from "./room-parts.js";
import { spoken } from "./room-text.js";
import { nameOf, type IssueName } from "./repository-name.js";
import { issueKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";

/*
 * An issue's room brought to what GitHub says now (Hookshot reference 2.4): what the issue says, for a room that knows nothing yet; comments
 * that it was not told; that it was closed or opened again; topic, name and the state event.
 *
 * Everything is told by occasion (`say`), and the book is written behind what it counts, so a crash tells nothing twice. A long history comes
 * in steps, each an event of its own, because a step holds up the room's other events.
 */

type Context = ServiceContext<GitHubConfig>;

/** Comments in one step, and how long it goes on to another one: each may bring pictures along. */
const commentsInStep = 40;
const stepMs = 8_000;

/** An issue's room, and what GitHub says of it. */
interface Visit {
  readonly connection: Connection;
  readonly repository: Repository;
  readonly issue: RoomIssueAnswer;
  readonly parts: RoomParts;
  readonly context: Context;
}

/** Asks for the room to be brought up to date. @param occasion the same one counts once */
export async function askForSync(connection: Pick<Connection, "state" | "roomId">, occasion: string, context: Context): Promise<void> {
  const name = issueOfState(connection.state);
  if (name === undefined) return;
  const event = { name: syncEventName, routingKeys: [issueKey(name, name.number)], payload: {} };
  await context.emit(event, `issue-room ${connection.roomId} ${occasion}`);
}

/**
 * While GitHub cannot be asked, nothing is done, and it is asked for anew later.
 * @param event in answer to which it is done
 * @throws RemoteError
 */
export async function syncIssueRoom(
  parts: RoomParts,
  event: RemoteEvent,
  connection: Connection,
  context: Context,
): Promise<LateRendering> {
  let found: Found | string;
  try {
    found = await readIssue(parts, connection, context);
  } catch (error) {
    if (!(error instanceof RemoteError) || !error.isTransient) throw error;
    return waitForGitHub(connection, event, error, context);
  }
  if (typeof found === "string") return ignored(found);
  const { repository, issue, comments } = found;
  const visit: Visit = { connection, repository, issue, parts, context };
  return bringUpToDate(visit, comments, await bookOf(connection, comments, context));
}

/** What GitHub says of an issue. */
interface Found extends Pick<Visit, "repository" | "issue"> {
  readonly comments: readonly RoomCommentAnswer[];
}

/** @returns the reason where there is nothing to read. @throws RemoteError */
async function readIssue(parts: RoomParts, { state }: Connection, context: Context): Promise<Found | string> {
  const name = issueOfState(state);
  const link = name && (await parts.gitHub.app.linkFor(name, context));
  if (name === undefined || link === undefined) return "the GitHub App may not read the repository";
  const issue = await parts.client.issue(link, name);
  const repository = await parts.client.repository(link, name);
  if (issue === undefined || repository === undefined) return "there is no such issue at GitHub";
  const comments = await parts.client.comments(link, name);
  const { id, full_name: fullName, html_url: url } = repository;
  return { repository: { ...name, id, fullName, url }, issue, comments };
}

/** Of a room that another program filled, the comments tell where it stopped. Absent for one that knows nothing yet. */
async function bookOf(
  connection: Connection,
  comments: readonly RoomCommentAnswer[],
  context: Context,
): Promise<IssueRoomBook | undefined> {
  const count = connection.state["comments_processed"];
  const kept = await readBook(connection, context);
  if (kept !== undefined || typeof count !== "number" || count < 0) return kept;
  return bookOfHookshot(
    count,
    comments.map(({ id }) => id),
    context.now(),
  );
}

async function bringUpToDate(
  visit: Visit,
  comments: readonly RoomCommentAnswer[],
  before: IssueRoomBook | undefined,
): Promise<LateRendering> {
  const { connection, context } = visit;
  if (before === undefined) await tellIssue(visit);
  let book = before ?? emptyBook;
  const missing = comments.filter(({ id }) => !isTold(book, id));
  const told = await tellStep(visit, missing, book);
  book = told.book;
  if (missing.length > told.count) {
    await context.commit([writeBook(connection, book, context)]);
    await askForSync(connection, `behind ${book.told.at(-1) ?? 0}`, context);
    return ignored("the room was told a part of what it missed, and is told the rest in a moment");
  }
  await tellState(visit, before?.loadedAt === undefined, book);
  const loaded = { ...book, loadedAt: book.loadedAt ?? context.now() };
  return { ...ignored("the room was brought up to date"), changes: [writeBook(connection, loaded, context)] };
}

/** As many as a step takes, and one at least. */
async function tellStep(
  visit: Visit,
  missing: readonly RoomCommentAnswer[],
  before: IssueRoomBook,
): Promise<{ readonly book: IssueRoomBook; readonly count: number }> {
  const endsAt = visit.context.now() + stepMs;
  let [book, count] = [before, 0];
  for (const comment of missing.slice(0, commentsInStep)) {
    if (count > 0 && visit.context.now() >= endsAt) break;
    book = await tellComment(visit, comment, book);
    count += 1;
  }
  return { book, count };
}

/** What it is about, in its author's words. */
async function tellIssue({ connection, issue, repository, parts, context }: Visit): Promise<void> {
  const source = issue.body ?? "";
  if (source.trim() === "") return;
  const { body, html } = await parts.toRoomText(source, context);
  const author = personOf(issue.user);
  const as = ghostOf(author, context);
  const text = { body: `${body} (${issue.updated_at ?? ""})`, html };
  const message = spoken(text, author, as, contentOf(repository, issue));
  await context.rooms.say(`issue-room ${connection.id} issue`, connection.roomId, message, as);
}

async function tellComment(visit: Visit, comment: RoomCommentAnswer, book: IssueRoomBook): Promise<IssueRoomBook> {
  const { connection, repository, issue, parts, context } = visit;
  const told = withTold(book, comment.id);
  const own = await findOwnComment(connection.id, { id: comment.id, body: comment.body ?? "" }, context);
  if (own === undefined) {
    const author = personOf(comment.user);
    const as = ghostOf(author, context);
    const said = { id: comment.id, url: comment.html_url, body: comment.body ?? "" };
    const message = await commentMessage(parts, { repository, issue: issueOf(issue), author, comment: said }, context);
    await context.rooms.say(commentOccasion(connection, comment.id), connection.roomId, message, as);
  }
  await context.commit([writeBook(connection, told, context), ...(own ?? [])]);
  return told;
}

/** The same for a comment that a webhook brought while the room was being filled. */
export function commentOccasion({ id }: Connection, comment: number): string {
  return `issue-room ${id} comment ${comment}`;
}

/** A comment as its author's ghost says it, with what programs read (Hookshot reference 2.3 and 2.4). */
export async function commentMessage(
  parts: RoomParts,
  {
    repository,
    issue,
    author,
    comment,
  }: {
    readonly repository: Repository;
    readonly issue: Parameters<typeof issueContent>[1];
    readonly author: Person;
    readonly comment: { readonly id: number; readonly url: string; readonly body: string };
  },
  context: Context,
): Promise<RoomMessage> {
  const text = await parts.toRoomText(comment.body, context);
  return spoken(text, author, ghostOf(author, context), {
    ...issueContent(repository, issue),
    "uk.half-shot.matrix-hookshot.github.comment": { id: comment.id },
    external_url: wellFormed(comment.url),
  });
}

async function tellState(visit: Visit, isNew: boolean, { count }: IssueRoomBook): Promise<void> {
  const { connection, issue, repository, context } = visit;
  const { roomId, eventType, stateKey } = connection;
  const before = (await context.rooms.readState(roomId, eventType, stateKey)) ?? connection.state;
  await sayWhatChanged(visit, isNew ? "open" : before["state"]);
  await setIfOther(visit, "m.room.topic", "topic", issueTopic(issue.state, issue.html_url));
  await nameIssueRoom(connection, { ...repository, number: issue.number }, issue.title, context);
  const content = { ...before, state: issue.state, comments_processed: count };
  if (before["state"] === issue.state && before["comments_processed"] === count) return;
  await setStateIfAllowed(roomId, eventType, stateKey, content, context);
}

/** A room whose state the bot may not change is told what there is to tell all the same. @throws RemoteError, transient */
export async function setStateIfAllowed(
  roomId: RoomId,
  type: string,
  stateKey: string,
  content: Readonly<Record<string, unknown>>,
  { rooms, log }: Context,
): Promise<void> {
  try {
    await rooms.setState(roomId, type, stateKey, content);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    log.warn({ roomId, type, error }, "State of an issue's room could not be set; give the bot the power to change settings");
  }
}

/** The room's name follows the issue's title. @throws RemoteError */
export async function nameIssueRoom(connection: Connection, issue: IssueName, title: string, context: Context): Promise<void> {
  await setIfOther({ connection, context }, "m.room.name", "name", issueRoomName(nameOf(issue), issue.number, title));
}

async function setIfOther(
  { connection, context }: Pick<Visit, "connection" | "context">,
  type: string,
  key: string,
  text: string,
): Promise<void> {
  const { roomId } = connection;
  const before = await context.rooms.readState(roomId, type, "");
  if (before?.[key] !== text) await setStateIfAllowed(roomId, type, "", { [key]: text }, context);
}

async function sayWhatChanged({ connection, issue, context }: Visit, before: unknown): Promise<void> {
  const isClosed = issue.state === "closed";
  const wasClosed = before === "closed";
  if (isClosed === wasClosed) return;
  const kind = issue.pull_request ? "pull request" : "issue";
  const at = (isClosed ? issue.closed_at : issue.updated_at) ?? "";
  const who = isClosed && issue.closed_by ? personOf(issue.closed_by) : undefined;
  const as = who && ghostOf(who, context);
  const words = isClosed ? `closed the ${kind} at ${at}` : `The ${kind} was reopened at ${at}`;
  const body = as === undefined && isClosed ? `${who?.login ?? "Somebody"} ${words}` : words;
  const message = { type: "m.room.message", content: { msgtype: "m.notice", body, "m.mentions": {}, external_url: issue.html_url } };
  await context.rooms.say(`issue-room ${connection.id} ${issue.state} ${at}`, connection.roomId, message, as);
}

function contentOf(repository: Repository, issue: RoomIssueAnswer): Readonly<Record<string, unknown>> {
  return issueContent(repository, issueOf(issue));
}

function issueOf({ id, number, title, html_url: url }: RoomIssueAnswer): Parameters<typeof issueContent>[1] {
  return { id, number, title, url, labels: [], assignees: [] };
}

function personOf(answer: PersonAnswer | null | undefined): Person {
  if (!answer) return deletedPerson;
  return { login: answer.login, ...(answer.avatar_url ? { avatarUrl: answer.avatar_url } : {}) };
}

function ignored(reason: string): Extract<LateRendering, { readonly kind: "ignored" }> {
  return { kind: "ignored", reason };
}
