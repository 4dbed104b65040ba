import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Connection, ConnectionStatus } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Consent } from "../core/service.js";
import type { ConnectionContext } from "./dependencies.js";
import type { KnownKind } from "./kinds.js";
import { hasLevel } from "./rights.js";

/*
 * A grant records that somebody with rights at the remote approved a connection for a room, so that writing room state alone is not
 * enough. Grants lie in the main bot's account data of the room, under the names Hookshot uses (reference section 7):
 *
 *   true     -> active; but what it does not name (`beyondGrant`) has to be approved when a person writes it
 *   false    -> ungranted: it was withdrawn
 *   missing  -> one of our bots wrote the state, or the service says that the sender may: active, and stored as true
 *            -> otherwise ungranted
 */

const typePrefix = "uk.half-shot.matrix-hookshot.grant";

export interface Grant {
  readonly type: string;
  readonly id: string;
}

/** What was found out about a connection's consent. */
export interface Decision {
  readonly status: ConnectionStatus;
  /** What asking taught the service, to be stored together with the connection. */
  readonly changes: readonly StoreChange[];
}

type GrantContext = Pick<ConnectionContext, "accountData" | "bots" | "log" | "onUndecided" | "permissions" | "arePermissionsKnown">;

/** The account data type of a grant. MD5 names it, it protects nothing. */
export function grantDataType({ type, id }: Grant): string {
  return `${typePrefix}/${type}/${createHash("md5").update(id).digest("hex")}`.toLowerCase();
}

/**
 * The grant that a connection needs; undefined when its kind needs none or its state does not say. One whose state does not fit in other ways
 * goes on holding it.
 */
export function grantOf({ kind }: KnownKind, { state }: Pick<Connection, "state">): Grant | undefined {
  try {
    return kind.grant?.(state);
  } catch {
    return undefined;
  }
}

/** @throws RemoteError */
export async function storeGrant(context: GrantContext, roomId: RoomId, grant: Grant, granted: boolean): Promise<void> {
  await context.accountData.set(roomId, grantDataType(grant), { granted }, context.bots.main.userId);
}

/** True when both need the same grant, or neither needs one. */
export function needsSameGrant(known: KnownKind, left: Connection, right: Connection): boolean {
  return isDeepStrictEqual(grantOf(known, left), grantOf(known, right));
}

/**
 * Asks for the consent a connection needs.
 * @param before what the index has under the same id
 * @throws RemoteError when the homeserver cannot be asked just now
 */
export async function decideStatus(
  context: GrantContext,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
): Promise<Decision> {
  const grant = grantOf(known, connection);
  if (grant === undefined) return decided(connection.status);
  const answer = await readGrant(context, connection.roomId, grant);
  switch (answer) {
    case true:
      return goesBeyond(context, known, connection, before)
        ? askService(context, known, connection, before, grant)
        : decided({ kind: "active" });
    case false:
      return decided({ kind: "ungranted", reason: `its grant was withdrawn; ${howToConnect(known)}` });
    case "missing":
      return askService(context, known, connection, before, grant);
    case "unreadable":
      return decided(keepOr(known, connection, before, "its grant cannot be read from the homeserver"));
  }
}

/** Whether a person wrote something that routes events and that nobody approved yet. */
function goesBeyond({ bots }: GrantContext, known: KnownKind, connection: Connection, before: Connection | undefined): boolean {
  const { kind } = known;
  const further = kind.beyondGrant?.(connection.state);
  if (further === undefined || bots.get(connection.sender) !== undefined) return false;
  return !isSameConsent(known, connection, before);
}

/** Whether the one before is in force and means the same, down to what its grant does not name: then nobody is asked again. */
export function isSameConsent(known: KnownKind, connection: Connection, before: Connection | undefined): boolean {
  if (before?.status.kind !== "active" || !needsSameGrant(known, before, connection)) return false;
  return known.kind.beyondGrant?.(before.state) === known.kind.beyondGrant?.(connection.state);
}

function decided(status: ConnectionStatus, changes: readonly StoreChange[] = []): Decision {
  return { status, changes };
}

/** @throws RemoteError when the homeserver cannot be asked just now */
export async function readGrant(
  context: Pick<GrantContext, "accountData" | "bots" | "log">,
  roomId: RoomId,
  grant: Grant,
): Promise<boolean | "missing" | "unreadable"> {
  try {
    const granted = (await context.accountData.get(roomId, grantDataType(grant), context.bots.main.userId))?.["granted"];
    return typeof granted === "boolean" ? granted : "missing";
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    context.log.warn({ roomId, error }, "A grant could not be read: the homeserver refused");
    return "unreadable";
  }
}

/** Answers for a connection whose grant is missing. */
async function askService(
  context: GrantContext,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
  grant: Grant,
): Promise<Decision> {
  const consent = await askConsent(context, known, connection);
  if (consent === undefined) {
    context.onUndecided?.(connection.roomId);
    const reason = `${known.active.service.title} cannot be asked for its consent just now; it is asked again later`;
    return decided(keepOr(known, connection, before, reason));
  }
  if (!consent.granted) return decided({ kind: "ungranted", reason: consent.reason });
  await rememberConsent(context, connection.roomId, grant);
  return decided({ kind: "active" }, consent.changes);
}

/** @returns undefined when the remote cannot tell just now */
async function askConsent(context: GrantContext, known: KnownKind, { state, sender, roomId }: Connection): Promise<Consent | undefined> {
  // Only our bots themselves: other ids in our namespaces may belong to strangers on other servers.
  if (context.bots.get(sender) !== undefined) return { granted: true };
  const { service, context: serviceContext } = known.active;
  if (service.authorize === undefined) return { granted: false, reason: `nobody approved it; ${howToConnect(known)}` };
  try {
    const isAdmin = (): boolean => hasLevel(context, sender, service.permissionName, "admin");
    return await service.authorize({ kindId: known.kind.id, state, actor: sender, isAdmin }, serviceContext);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    context.log.warn({ roomId, service: service.id, error }, `Whether ${sender} may connect the room could not be asked`);
    return undefined;
  }
}

/** A refusal only means that the service is asked once more next time. */
async function rememberConsent(context: GrantContext, roomId: RoomId, grant: Grant): Promise<void> {
  try {
    await storeGrant(context, roomId, grant, true);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    context.log.warn({ roomId, error }, "A grant could not be stored: the homeserver refused");
  }
}

/** What cannot be decided just now leaves a connection of the same resource as it was. */
function keepOr(known: KnownKind, connection: Connection, before: Connection | undefined, reason: string): ConnectionStatus {
  if (before !== undefined && isSameConsent(known, connection, before)) return before.status;
  return { kind: "ungranted", reason };
}

function howToConnect({ active }: KnownKind): string {
  return `connect it with \`!connect ${active.service.id}\``;
}
