import { StorageError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { BegunLogin, Ticket, TicketEntry, TicketStore, UndoableLogin } from "../../core/ports/login-tickets.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { sealedPlace, ticketKeyPrefix, ticketStoreName } from "../sealing/sealed-values.js";
import type { SealedPlace, Sealer } from "../sealing/sealer.js";

/*
 * Layout, relative to the sublevel:
 *
 *   ticket <id>               -> the ticket as JSON, sealed
 *   person ["<person>","<id>"] -> when it ends
 *
 * Ids are hashes of ours. The quote that ends a person's id cannot stand within it, so no id runs into another.
 */
const personPrefix = "person ";
/** Everything that begins with `person `: "!" follows the space in ASCII. */
const everyPerson = { gt: personPrefix, lt: "person!" };
const sliceSize = 500;

/** States of logins in the browser. */
export function createBegunLoginStore(database: Database, sealer: Sealer | undefined): TicketStore<BegunLogin> {
  return createTicketStore(database, ticketStoreName("begun"), sealer);
}

/** What undoes a login. */
export function createUndoableLoginStore(database: Database, sealer: Sealer | undefined): TicketStore<UndoableLogin> {
  return createTicketStore(database, ticketStoreName("undo"), sealer);
}

/** @param sealer absent when no key is configured: then nothing can be kept */
function createTicketStore<Kind extends Ticket>(database: Database, store: string, sealer: Sealer | undefined): TicketStore<Kind> {
  const level = database.sublevel(store);
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);
  const placeOf = (id: string): SealedPlace => sealedPlace(store, ticketKeyPrefix + id);

  function remove(id: string, person: UserId): readonly StoreChange[] {
    return [ticketKeyPrefix + id, personKey(person, id)].map((key) => ({ type: "del" as const, key: absolute(key) }));
  }

  return {
    async get(id) {
      const stored = sealer === undefined ? undefined : await level.get(ticketKeyPrefix + id);
      // Written by `put` below.
      return stored === undefined ? undefined : (JSON.parse(sealer?.open(stored, placeOf(id)) ?? "null") as Kind);
    },
    async ofPerson(person) {
      const entries = await level.iterator(rangeOf(person)).all();
      return entries.map(toEntry).sort((left, right) => left.endsAt - right.endsAt);
    },
    put(id, ticket) {
      if (sealer === undefined) {
        throw new StorageError("A login cannot be begun, because there is no key to encrypt it with. Name a key file in storage.keyFile.");
      }
      return [
        { type: "put", key: absolute(ticketKeyPrefix + id), value: sealer.seal(JSON.stringify(ticket), placeOf(id)) },
        { type: "put", key: absolute(personKey(ticket.person, id)), value: String(ticket.endsAt) },
      ];
    },
    remove,
    async removeEnded(nowMs) {
      const changes: StoreChange[] = [];
      for await (const [key, endsAt] of level.iterator(everyPerson)) {
        if (Number(endsAt) > nowMs) continue;
        const [person, id] = partsOf(key);
        changes.push(...remove(id, person));
        if (changes.length >= sliceSize) break;
      }
      return changes;
    },
  };
}

function personKey(person: UserId, id: string): string {
  return personPrefix + JSON.stringify([person, id]);
}

function rangeOf(person: UserId): { readonly gt: string; readonly lt: string } {
  const start = personPrefix + JSON.stringify([person]).slice(0, -1);
  // "-" follows "," in ASCII.
  return { gt: `${start},`, lt: `${start}-` };
}

function partsOf(key: string): readonly [person: UserId, id: string] {
  // Made by `personKey` above.
  return JSON.parse(key.slice(personPrefix.length)) as readonly [UserId, string];
}

function toEntry([key, endsAt]: readonly [string, string]): TicketEntry {
  return { id: partsOf(key)[1], endsAt: Number(endsAt) };
}
