import { createHash } from "node:crypto";
import { RemoteError } from "../../core/errors.js";
import type { ConnectionId, EventId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";

/*
 * What people in a room say becomes comments at GitHub, and GitHub tells us of each of them, as it does of everybody's. Which are ours:
 *
 *   before it is sent   a note with the hash of its words, synced: GitHub's event may be here before GitHub's answer
 *   when it is answered the note makes way for the comment's id
 *
 * An event that meets a note with its words has to wait for the answer. A note that got old was left by a crash between the two: then its
 * words are all that is known, and they count.
 */

type Context = Pick<ServiceContext<unknown>, "store" | "commit" | "now">;

interface Note {
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Longer no answer is waited for: requests have ended by then. */
const answeredWithinMs = 60_000;
/** What a crash left is not looked at for ever. */
const noteCountsMs = 24 * 3_600_000;
const mostNotes = 200;

/** Notes that a comment is about to be sent. Committed before it is, with the end of notes that count no more. */
export async function noteComment(connection: ConnectionId, event: EventId, body: string, context: Context): Promise<void> {
  const { store, now } = context;
  const note: Note = { hash: hashOf(body), at: now() };
  const notes = await store.list(notePrefix(connection), mostNotes);
  const old = notes.filter(([, value]) => now() - parseNote(value).at > noteCountsMs).map(([key]) => store.remove(key));
  await context.commit([...old, store.put(noteKey(connection, event), JSON.stringify(note))]);
}

/** GitHub answered which comment it is; stored in one batch. */
export function commentMade(connection: ConnectionId, event: EventId, id: number, { store }: Context): readonly StoreChange[] {
  return [store.remove(noteKey(connection, event)), store.put(madeKey(connection, id), event)];
}

/** It was not sent after all. */
export function commentNotMade(connection: ConnectionId, event: EventId, { store }: Context): readonly StoreChange[] {
  return [store.remove(noteKey(connection, event))];
}

/**
 * Is the comment one of those that we made from this room?
 * @returns what forgets it, once it is known to be told; undefined when somebody else's
 * @throws RemoteError, transient, while that is not known
 */
export async function findOwnComment(
  connection: ConnectionId,
  { id, body }: { readonly id: number; readonly body: string },
  context: Context,
): Promise<readonly StoreChange[] | undefined> {
  const { store, now } = context;
  if ((await store.get(madeKey(connection, id))) !== undefined) return [store.remove(madeKey(connection, id))];
  const hash = hashOf(body);
  for (const [key, value] of await store.list(notePrefix(connection), mostNotes)) {
    const note = parseNote(value);
    if (note.hash !== hash || now() - note.at > noteCountsMs) continue;
    if (now() - note.at > answeredWithinMs) return [store.remove(key)];
    throw new RemoteError("It may have been written in this room: GitHub's answer to that is not here yet.", { retryAfterMs: 500 });
  }
  return undefined;
}

function parseNote(value: string): Note {
  // Written above.
  return JSON.parse(value) as Note;
}

function hashOf(body: string): string {
  return createHash("sha256").update(body.replace(/\r\n?/g, "\n").trim()).digest("hex");
}

function notePrefix(connection: ConnectionId): string {
  return `commenting ${connection} `;
}

function noteKey(connection: ConnectionId, event: EventId): string {
  return `${notePrefix(connection)}${event}`;
}

function madeKey(connection: ConnectionId, id: number): string {
  return `own-comment ${connection} ${id}`;
}
