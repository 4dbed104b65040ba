import type { UserId } from "../core/ids.js";
import type { UndoableLogin } from "../core/ports/login-tickets.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ActiveService } from "../core/service.js";
import { findTicket, type FoundTicket } from "./found-ticket.js";
import { hashOf } from "./hashes.js";
import type { LoginParts } from "./login-parts.js";
import { undoActionOf } from "./undo-address.js";

export interface Undoable {
  readonly active: ActiveService;
  /** Whom the login acts for in Matrix, and whom it acts as. They may be two people: each of them can undo it. */
  readonly person: UserId;
  readonly account: UndoableLogin["account"];
  /** Where the form goes. */
  readonly action: string;
}

export interface Undone extends Undoable {
  /** `gone`: it was ended before. `changed`: another login is there by now, which stays. */
  readonly kind: "undone" | "gone" | "changed";
}

/** What a word undoes; changes nothing. */
export async function findUndoable(
  services: readonly ActiveService[],
  word: string,
  { tickets }: LoginParts,
): Promise<Undoable | undefined> {
  const found = await findTicket(tickets.undoable, services, hashOf(word));
  return found === undefined ? undefined : toUndoable(found);
}

/** Undoes a login, if it is still the one that the word was made for. To be called in the word's turn. */
export async function undoLogin(services: readonly ActiveService[], word: string, parts: LoginParts): Promise<Undone | undefined> {
  const found = await findTicket(parts.tickets.undoable, services, hashOf(word));
  const undoable = found === undefined ? undefined : toUndoable(found);
  if (found === undefined || undoable === undefined) return undefined;
  const { ticket, id, active } = found;
  const { person, remote, serviceId } = ticket;
  const { logins, commit } = active.context;
  const login = await logins.get(person, remote);
  const isSame = login !== undefined && hashOf(login) === ticket.loginHash;
  // It was renewed between the two looks.
  if (login !== undefined && !isSame && (await parts.tickets.undoable.get(id))?.loginHash === hashOf(login)) {
    return undoLogin(services, word, parts);
  }
  // From here to the commit nobody else has a turn.
  const isRemoved = isSame && !parts.changes.isReplaced([serviceId, person, remote], login);
  await commit([...parts.tickets.undoable.remove(id, ticket.person), ...(isRemoved ? removal(found, parts) : [])]);
  return { ...undoable, kind: isRemoved ? "undone" : login === undefined ? "gone" : "changed" };
}

function removal({ ticket, active }: FoundTicket<UndoableLogin>, { errands, notices }: LoginParts): readonly StoreChange[] {
  const { logins } = active.context;
  const { person, remote, account, hookshotType } = ticket;
  return [
    logins.remove(person, remote),
    // Or it would be taken over again from there.
    ...(hookshotType === undefined ? [] : logins.forgetHookshots(person, [hookshotType])),
    errands.tell(person, notices.undone(active.service.title, account)),
  ];
}

function toUndoable({ active, ticket }: FoundTicket<UndoableLogin>): Undoable | undefined {
  const action = undoActionOf(active);
  return action === undefined ? undefined : { active, person: ticket.person, account: ticket.account, action };
}
