import { SwitchboardError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { OAuthNote, OAuthQuery } from "../core/oauth.js";
import type { BegunLogin, UndoableLogin } from "../core/ports/login-tickets.js";
import type { ActiveService } from "../core/service.js";
import type { KeyedMutex } from "../delivery/keyed-mutex.js";
import { accountWords } from "./account-words.js";
import { findTicket, type FoundTicket } from "./found-ticket.js";
import { hashOf } from "./hashes.js";
import type { LoginParts } from "./login-parts.js";
import type { Joined } from "./notices.js";
import { undoActionOf, undoAddress, type WayBack } from "./undo-address.js";

/*
 * Somebody comes back from a remote:
 *
 *   state found -> consumed, synced -> the remote is asked -> login, way back, notice and what Hookshot gets: one synced batch -> page
 *
 * A state is good once, whatever comes of it: a crash in between costs another try, and never makes one return count twice.
 */

export type LoginReturn =
  | { readonly kind: "joined"; readonly person: UserId; readonly active: ActiveService; readonly joined: Joined; readonly undo?: WayBack }
  /** The person, the remote or we did not want it. A sentence. */
  | { readonly kind: "refused"; readonly active?: ActiveService; readonly reason: string }
  | { readonly kind: "unreachable"; readonly active: ActiveService }
  /** It belongs to no login. */
  | { readonly kind: "note"; readonly note: OAuthNote }
  | { readonly kind: "incomplete"; readonly missing: "state" | "code" }
  /** Used, too old, or never ours. */
  | { readonly kind: "unknown" };

const undoMs = 10 * 60_000;
const randomBytes = 32;

/** Why a return leads to no login; undefined where one waits for it. Changes nothing. */
export async function lookAtReturn(
  services: readonly ActiveService[],
  query: OAuthQuery,
  { tickets }: Pick<LoginParts, "tickets">,
): Promise<LoginReturn | undefined> {
  const found = await findTicket(tickets.begun, services, idOf(query));
  if (found === undefined) return withoutTicket(services, query);
  if (query["error"] !== undefined) return notAllowed(found.active);
  return hasCode(query) ? undefined : { kind: "incomplete", missing: "code" };
}

/** @param turns of several who bring the same state at once, only the first one finds it */
export async function comeBack(
  services: readonly ActiveService[],
  query: OAuthQuery,
  turns: KeyedMutex,
  parts: LoginParts,
): Promise<LoginReturn> {
  const { begun } = parts.tickets;
  const id = idOf(query);
  const refusal = await lookAtReturn(services, query, parts);
  // A login that was not allowed is over; whatever else leads nowhere leaves it as it was.
  const isOver = refusal?.kind === "refused" && refusal.active !== undefined;
  if (refusal !== undefined && !isOver) return refusal;
  const found = await turns.run(id, async () => {
    const still = await findTicket(begun, services, id);
    await still?.active.context.commit(begun.remove(id, still.ticket.person));
    return still;
  });
  if (found === undefined) return { kind: "unknown" };
  return refusal ?? finish(found, query, parts);
}

function idOf(query: OAuthQuery): string {
  return hashOf(query["state"] ?? "");
}

/** As OAuth 2 (RFC 6749, 4.1.2) and OAuth 1.0a (RFC 5849, 2.2) bring it. */
function hasCode(query: OAuthQuery): boolean {
  return query["code"] !== undefined || query["oauth_verifier"] !== undefined;
}

/** In the order of reference 6.2; what a service makes of it goes first. */
function withoutTicket(services: readonly ActiveService[], query: OAuthQuery): LoginReturn {
  for (const { service } of services) {
    const note = service.oauth?.otherReturn?.(query);
    if (note !== undefined) return { kind: "note", note };
  }
  if (query["error"] !== undefined) return notAllowed();
  if (query["state"] === undefined) return { kind: "incomplete", missing: "state" };
  return hasCode(query) ? { kind: "unknown" } : { kind: "incomplete", missing: "code" };
}

/** Why stands in the query, where anybody may have written it: it is not told. */
function notAllowed(active?: ActiveService): LoginReturn {
  const where = active?.service.title ?? "The other side";
  return { kind: "refused", ...(active === undefined ? {} : { active }), reason: `${where} says that the login was not allowed.` };
}

async function finish({ ticket, active }: FoundTicket<BegunLogin>, query: OAuthQuery, parts: LoginParts): Promise<LoginReturn> {
  const { service, context } = active;
  const { person, remote, codeVerifier, kept } = ticket;
  const more = { ...(remote === undefined ? {} : { remote }), ...(kept === undefined ? {} : { kept }) };
  try {
    const outcome = await service.oauth?.finish({ actor: person, query, state: query["state"] ?? "", codeVerifier, ...more }, context);
    if (outcome === undefined) return { kind: "unknown" };
    if (outcome.kind === "refused") return { kind: "refused", active, reason: outcome.reason };
    const { name, at } = outcome.account;
    const joined = { ...outcome, account: { name: accountWords(name), at: accountWords(at) } };
    const undo = await keep(joined, person, active, parts);
    return { kind: "joined", person, active, joined, ...(undo === undefined ? {} : { undo }) };
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    context.log.warn({ person, error }, "A login in the browser failed");
    return explain(active, error);
  }
}

function explain(active: ActiveService, { code, message }: SwitchboardError): LoginReturn {
  if (code === "HS_REMOTE_ERROR") return { kind: "unreachable", active };
  // What fails in our own files is worded for the log.
  if (code === "SB_STORAGE") return { kind: "refused", active, reason: "The login could not be stored here." };
  const isInner = code === "SB_CONFIG" || code === "HS_UNKNOWN";
  return { kind: "refused", active, reason: isInner ? "Something is wrong here. The administrator finds it in the log." : message };
}

/** Stores everything in one batch. @returns where it can be undone; undefined where there is no such page */
async function keep(joined: Joined, person: UserId, active: ActiveService, parts: LoginParts): Promise<WayBack | undefined> {
  const { tickets, errands, notices } = parts;
  const { service, context } = active;
  const { remote, login, account, forHookshot, changes = [] } = joined;
  const copy = forHookshot === undefined ? [] : context.logins.writeForHookshot(forHookshot.accountDataType, forHookshot.text);
  const undo = wayBackOf(active, parts);
  const ticket = (endsAt: number): UndoableLogin => ({
    ...{ serviceId: service.id, person, remote, loginHash: hashOf(login), account, endsAt },
    ...(forHookshot === undefined || copy.length === 0 ? {} : { hookshotType: forHookshot.accountDataType }),
  });
  const message = notices.joined(service.title, joined, undo && { url: undoAddress(undo), endsAt: undo.endsAt });
  await context.commit([
    ...[context.logins.put(person, remote, login), ...changes, ...copy],
    ...(undo === undefined ? [] : tickets.undoable.put(hashOf(undo.word), ticket(undo.endsAt))),
    errands.tell(person, message),
  ]);
  return undo;
}

function wayBackOf(active: ActiveService, { random }: LoginParts): WayBack | undefined {
  const action = undoActionOf(active);
  if (action === undefined) return undefined;
  return { action, word: random.bytes(randomBytes).toString("base64url"), endsAt: active.context.now() + undoMs };
}
