import { SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import { notice } from "../../core/message.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import type { ServiceTask } from "../../core/service-task.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { sentence } from "../../shared/sentence.js";
import type { GitHubLink } from "./access.js";
import {
  createNotificationClient,
  type NotificationAnswer,
  type NotificationClient,
  type NotificationPage,
  type SubjectAnswer,
} from "./notification-client.js";
import { passes, type NotificationFilter } from "./notification-filters.js";
import { loginsOf, notificationMessage, type Told } from "./notification-messages.js";
import {
  forgetNotified,
  listEnabled,
  readNotified,
  readPosition,
  readSettings,
  writeNotified,
  writePosition,
  writeSettings,
  type NotificationPosition,
  type NotificationSettings,
} from "./notification-store.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson, type GitHubParts } from "./session.js";

/*
 * People's notifications at GitHub, told in their direct chats (Hookshot reference 2.15). Each person's list is asked for at its own time, no
 * sooner than GitHub allows, and only for what changed. A notification is told by its id and time, and the position is stored behind it, so
 * a crash tells nothing twice.
 */

type Context = ServiceContext<GitHubConfig>;

interface NotificationParts {
  readonly gitHub: GitHubParts;
  readonly client: NotificationClient;
  readonly renderer: MarkdownRenderer;
}

const lookEveryMs = 5_000;
/** Not faster, whatever GitHub allows. */
const shortestPauseMs = 15_000;
const longestPauseMs = 15 * 60_000;
/** Where somebody has no login any more: they may log in again. */
const withoutLoginMs = 5 * 60_000;
const mostFailures = 50;
const askedAtOnce = 8;
/** An issue that nothing was said of for so long is new again. */
const notifiedCountsMs = 14 * 24 * 3_600_000;
const mostForgotten = 500;

/** Somebody whose turn it is. */
interface Subscriber {
  readonly person: UserId;
  readonly settings: NotificationSettings;
  readonly position: NotificationPosition;
}

/** Compiles schemas, so it is called once. */
export function createNotificationTask(gitHub: GitHubParts, renderer: MarkdownRenderer): ServiceTask<GitHubConfig> {
  const parts: NotificationParts = { gitHub, renderer, client: createNotificationClient() };
  return {
    name: "notifications of GitHub users",
    async run(context) {
      const due = await findDue(context);
      for (let start = 0; start < due.length; start += askedAtOnce) {
        await Promise.all(due.slice(start, start + askedAtOnce).map((subscriber) => visit(parts, subscriber, context)));
      }
      return lookEveryMs;
    },
  };
}

/** Where somebody who asks to be told begins: now, at a moment of their own. */
export function newPosition({ now, random }: Pick<Context, "now" | "random">): NotificationPosition {
  // GitHub's times are whole seconds.
  return {
    since: Math.floor(now() / 1_000) * 1_000,
    told: [],
    nextAt: now() + Math.floor(random.fraction() * shortestPauseMs),
    failures: 0,
  };
}

async function findDue(context: Context): Promise<readonly Subscriber[]> {
  const { store, now } = context;
  const due: Subscriber[] = [];
  for (const [person, settings] of await listEnabled(store)) {
    const position = (await readPosition(person, store)) ?? newPosition(context);
    if (position.nextAt <= now()) due.push({ person, settings, position });
  }
  return due;
}

/** Whatever happens with one person's list leaves the others alone. */
async function visit(parts: NotificationParts, subscriber: Subscriber, context: Context): Promise<void> {
  const { person, position } = subscriber;
  try {
    const link = await findPerson(parts.gitHub, person, context);
    const next = link === undefined ? later(position, withoutLoginMs, context) : await poll(parts, link, subscriber, context);
    await context.commit([writePosition(person, next, context.store)]);
  } catch (error) {
    // A mistake of ours counts as well: it must not go round for ever.
    await noteFailure(subscriber, error, context);
  }
}

function later(position: NotificationPosition, pauseMs: number, { now }: Context): NotificationPosition {
  return { ...position, nextAt: now() + pauseMs };
}

async function poll(parts: NotificationParts, link: GitHubLink, subscriber: Subscriber, context: Context): Promise<NotificationPosition> {
  const { settings, position } = subscriber;
  const { since, lastModified } = position;
  const query = { isParticipating: settings.isParticipating, since, ...(lastModified === undefined ? {} : { lastModified }) };
  const page = await parts.client.list(link, query);
  const pauseMs = Math.max(shortestPauseMs, page.pollIntervalMs ?? 0);
  if (page.kind === "unchanged") return { ...later(position, pauseMs, context), failures: 0 };
  const told = await tellAll(parts, link, page, subscriber, context);
  const { lastModified: _older, ...rest } = later(told, pauseMs, context);
  return { ...rest, failures: 0, ...(isSettled(page.lastModified, context) ? { lastModified: page.lastModified } : {}) };
}

/** Its resolution is a second: within the same one more may come, of which GitHub would say that nothing changed. */
function isSettled(lastModified: string | undefined, { now }: Context): lastModified is string {
  return lastModified !== undefined && now() - Date.parse(lastModified) > 2_000;
}

/** The oldest first, so that a failure in the middle leaves the rest for the next time. */
async function tellAll(
  parts: NotificationParts,
  link: GitHubLink,
  { notifications }: Extract<NotificationPage, { kind: "changed" }>,
  subscriber: Subscriber,
  context: Context,
): Promise<NotificationPosition> {
  const { person, settings } = subscriber;
  const filters = filtersOf(settings);
  let { position } = subscriber;
  for (const notification of [...notifications].sort((left, right) => timeOf(left) - timeOf(right))) {
    if (isOld(notification, position)) continue;
    const changes = await tell(parts, link, { notification, filters, person }, context);
    position = behind(notification, position);
    await context.commit([...changes, writePosition(person, position, context.store)]);
  }
  const old = await forgetNotified(person, context.now() - notifiedCountsMs, mostForgotten, context.store);
  if (old.length > 0) await context.commit(old);
  return position;
}

function filtersOf({ filters, filtersInUse }: NotificationSettings): readonly NotificationFilter[] {
  return filtersInUse.flatMap((name) => (Object.hasOwn(filters, name) ? (filters[name] ?? []) : []));
}

/** What cannot be read counts as the oldest. */
function timeOf({ updated_at: updated }: NotificationAnswer): number {
  const at = Date.parse(updated);
  return Number.isNaN(at) ? 0 : at;
}

function markOf({ id, updated_at: updated }: NotificationAnswer): string {
  return `${id} ${updated}`;
}

function isOld(notification: NotificationAnswer, { since, told }: NotificationPosition): boolean {
  return timeOf(notification) < since || told.includes(markOf(notification));
}

function behind(notification: NotificationAnswer, position: NotificationPosition): NotificationPosition {
  const at = timeOf(notification);
  const mark = markOf(notification);
  return { ...position, since: at, told: at === position.since ? [...position.told, mark] : [mark] };
}

interface Telling {
  readonly notification: NotificationAnswer;
  readonly filters: readonly NotificationFilter[];
  readonly person: UserId;
}

/** @returns what is to be remembered of it */
async function tell(
  { client, renderer }: NotificationParts,
  link: GitHubLink,
  { notification, filters, person }: Telling,
  context: Context,
): Promise<readonly StoreChange[]> {
  const { store } = context;
  const { id, subject: about, repository } = notification;
  const subject = about.url ? await client.subject(link, about.url) : undefined;
  const commentUrl = about.latest_comment_url ?? about.url;
  const comment = commentUrl && commentUrl !== about.url ? await client.comment(link, commentUrl) : undefined;
  const user = comment?.user?.login ?? subject?.user?.login;
  if (!passes(filters, { repo: repository.full_name, ...(user === undefined ? {} : { user }) })) return [];
  const before = await readNotified(person, id, store);
  const told: Told = {
    notification,
    ...(subject === undefined ? {} : { subject }),
    ...(comment === undefined ? {} : { comment }),
    ...(before === undefined ? {} : { before }),
  };
  await context.rooms.tellPerson(`notification ${person} ${markOf(notification)}`, person, notificationMessage(told, renderer));
  return subject === undefined ? [] : [writeNotified(person, id, snapshotOf(subject, context.now()), store)];
}

function snapshotOf(subject: SubjectAnswer, at: number): Parameters<typeof writeNotified>[2] {
  const { title, state } = subject;
  return { title, state, isMerged: subject.merged === true, assignees: loginsOf(subject), at };
}

async function noteFailure({ person }: Subscriber, error: unknown, context: Context): Promise<void> {
  const { store, log } = context;
  // What was told before it failed moved the position on.
  const position = (await readPosition(person, store)) ?? newPosition(context);
  const failures = position.failures + 1;
  log.warn({ person, failures, error }, "A person's notifications at GitHub could not be read or told");
  const asked = error instanceof SwitchboardError && "retryAfterMs" in error ? Number(error.retryAfterMs ?? 0) : 0;
  const pauseMs = Math.max(Math.min(shortestPauseMs * 2 ** (failures - 1), longestPauseMs), asked);
  const changes = [writePosition(person, { ...later(position, pauseMs, context), failures }, store)];
  if (failures >= mostFailures) await switchOff(person, error, changes, context);
  else await context.commit(changes);
}

async function switchOff(person: UserId, error: unknown, changes: readonly StoreChange[], context: Context): Promise<void> {
  const settings = await readSettings(person, context.store);
  await context.commit([...changes, writeSettings(person, { ...settings, isEnabled: false }, context.store)]);
  const reason = error instanceof SwitchboardError ? ` ${error.message}` : "";
  const words = sentence(
    `Your notifications from GitHub could not be read ${mostFailures} times in a row, so they are switched off.${reason} To switch them on again, type \`github notifications toggle\`.`,
  );
  try {
    await context.rooms.tellPerson(`notifications off ${person} ${context.now()}`, person, notice(words.text));
  } catch (failure) {
    context.log.warn({ person, error: failure }, "A person could not be told that their notifications are switched off");
  }
}
