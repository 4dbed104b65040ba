import { isUserId, type UserId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import type { NotificationFilter } from "./notification-filters.js";

type Store = ServiceContext<unknown>["store"];

/** What a person chose by commands. */
export interface NotificationSettings {
  readonly isEnabled: boolean;
  /** Only what they take part in. */
  readonly isParticipating: boolean;
  readonly filters: Readonly<Record<string, NotificationFilter>>;
  /** Names of the filters that are in use. */
  readonly filtersInUse: readonly string[];
}

/** How far a person was told. All times in milliseconds since the epoch. */
export interface NotificationPosition {
  /** What changed before was told, or is not to be. */
  readonly since: number;
  /** Notifications of exactly that time that were told. */
  readonly told: readonly string[];
  /** GitHub's word on when the list changed. */
  readonly lastModified?: string;
  readonly nextAt: number;
  /** In a row. */
  readonly failures: number;
}

/** How an issue was when somebody was told of it last. */
export interface NotifiedIssue {
  readonly title: string;
  readonly state: string;
  readonly isMerged: boolean;
  readonly assignees: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const settingsPrefix = "notification-settings ";
const mostPeople = 100_000;

export const usualSettings: NotificationSettings = { isEnabled: false, isParticipating: false, filters: {}, filtersInUse: [] };

export async function readSettings(person: UserId, store: Store): Promise<NotificationSettings> {
  return (await readJson<NotificationSettings>(`${settingsPrefix}${person}`, store)) ?? usualSettings;
}

export function writeSettings(person: UserId, settings: NotificationSettings, store: Store): StoreChange {
  return store.put(`${settingsPrefix}${person}`, JSON.stringify(settings));
}

/** Everybody who wants to be told. */
export async function listEnabled(store: Store): Promise<readonly (readonly [UserId, NotificationSettings])[]> {
  const entries = await store.list(settingsPrefix, mostPeople);
  return entries.flatMap(([key, value]) => {
    // Written above.
    const settings = JSON.parse(value) as NotificationSettings;
    const person = key.slice(settingsPrefix.length);
    return settings.isEnabled && isUserId(person) ? [[person, settings] as const] : [];
  });
}

export function readPosition(person: UserId, store: Store): Promise<NotificationPosition | undefined> {
  return readJson(`notification-position ${person}`, store);
}

export function writePosition(person: UserId, position: NotificationPosition, store: Store): StoreChange {
  return store.put(`notification-position ${person}`, JSON.stringify(position));
}

export function readNotified(person: UserId, thread: string, store: Store): Promise<NotifiedIssue | undefined> {
  return readJson(`notified ${person} ${thread}`, store);
}

export function writeNotified(person: UserId, thread: string, issue: NotifiedIssue, store: Store): StoreChange {
  return store.put(`notified ${person} ${thread}`, JSON.stringify(issue));
}

/** Forgets issues that nothing was said of since then. @param limit so many are looked at */
export async function forgetNotified(person: UserId, before: number, limit: number, store: Store): Promise<readonly StoreChange[]> {
  const entries = await store.list(`notified ${person} `, limit);
  // Written above.
  return entries.filter(([, value]) => (JSON.parse(value) as NotifiedIssue).at < before).map(([key]) => store.remove(key));
}

async function readJson<T>(key: string, store: Store): Promise<T | undefined> {
  const kept = await store.get(key);
  // Whoever calls wrote it under the same key.
  return kept === undefined ? undefined : (JSON.parse(kept) as T);
}
