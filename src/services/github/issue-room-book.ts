import type { Connection } from "../../core/connection.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import type { GitHubConfig } from "./schema.js";

type Context = Pick<ServiceContext<GitHubConfig>, "store">;

/** What an issue's room was told. Ids of comments at GitHub grow. */
export interface IssueRoomBook {
  /** How many comments; Hookshot's `comments_processed`. */
  readonly count: number;
  /** All comments up to this id were told, or are not to be told any more. */
  readonly floor: number;
  /** Those told above it. */
  readonly told: readonly number[];
  /** When the room had all that there was; milliseconds since the epoch. Absent: not yet. */
  readonly loadedAt?: number;
}

/** Comments may be told out of order only that far: GitHub can be asked for three days to send a webhook again. */
const rememberedComments = 300;

export const emptyBook: IssueRoomBook = { count: 0, floor: 0, told: [] };

export async function readBook(connection: Connection, { store }: Context): Promise<IssueRoomBook | undefined> {
  const kept = await store.get(keyOf(connection));
  // Written below.
  return kept === undefined ? undefined : (JSON.parse(kept) as IssueRoomBook);
}

export function writeBook(connection: Connection, book: IssueRoomBook, { store }: Context): StoreChange {
  return store.put(keyOf(connection), JSON.stringify(book));
}

/** The book of a room that Hookshot filled: it told the first so many comments. @param ids of all comments, the oldest first */
export function bookOfHookshot(count: number, ids: readonly number[], now: number): IssueRoomBook {
  const floor = count === 0 ? 0 : (ids[Math.min(count, ids.length) - 1] ?? 0);
  return { count, floor, told: [], loadedAt: now };
}

export function isTold({ floor, told }: IssueRoomBook, id: number): boolean {
  return id <= floor || told.includes(id);
}

export function withTold(book: IssueRoomBook, id: number): IssueRoomBook {
  const all = [...book.told, id].sort((left, right) => left - right);
  const dropped = all.slice(0, Math.max(all.length - rememberedComments, 0));
  return { ...book, count: book.count + 1, floor: dropped.at(-1) ?? book.floor, told: all.slice(dropped.length) };
}

function keyOf({ id }: Connection): string {
  return `issue-room ${id}`;
}
