import type { UserId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/**
 * What a random text stands for that somebody outside holds for a while, such as the state of a login in the browser. We keep only the
 * text's hash, which is the ticket's id.
 */
export interface Ticket {
  readonly serviceId: string;
  readonly person: UserId;
  /** Milliseconds since the epoch; from then on it is as good as gone. */
  readonly endsAt: number;
}

/** A login that was begun in the browser and that nobody has come back from. */
export interface BegunLogin extends Ticket {
  /** The service's word for the remote, as it was asked for. */
  readonly remote?: string;
  /** PKCE (RFC 7636). */
  readonly codeVerifier: string;
  /** What the service wants back (core/oauth.ts). */
  readonly kept?: string;
}

/** A login that can be undone with one click. */
export interface UndoableLogin extends Ticket {
  /** Under which it is kept. */
  readonly remote: string;
  /** Of the login as it is kept now: another one is not undone. */
  readonly loginHash: string;
  readonly account: { readonly name: string; readonly at: string };
  /** Where it was kept for Hookshot as well. */
  readonly hookshotType?: string;
}

/** Tickets of one sort, of all services; encrypted at rest. */
export interface TicketStore<Kind extends Ticket> {
  /** Gives ended ones too, until they are removed. @throws StorageError when it was encrypted with a key that is not here */
  get(id: string): Promise<Kind | undefined>;
  /** The person's, those that end first in front. */
  ofPerson(person: UserId): Promise<readonly TicketEntry[]>;
  /** @throws StorageError when no key is configured */
  put(id: string, ticket: Kind): readonly StoreChange[];
  remove(id: string, person: UserId): readonly StoreChange[];
  /** Changes that remove a part of what has ended; none when nothing is left. */
  removeEnded(nowMs: number): Promise<readonly StoreChange[]>;
}

export interface TicketEntry {
  readonly id: string;
  readonly endsAt: number;
}
