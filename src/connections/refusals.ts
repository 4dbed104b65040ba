import type { Connection } from "../core/connection.js";
import { PermissionError, RemoteError, SwitchboardError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { KnownKind } from "./kinds.js";

/** The first sentence of each refusal is Hookshot's (reference 3.2), which its users search for; what follows is the remedy. */
const sentences = {
  config: (service: string): string => `You are not permitted to provision connections for ${service}.`,
  person: "You must be able to set state in a room ('Change settings') in order to set up new integrations.",
  bot: "I do not have permission to set up a bridge in this room. Please promote me to an Admin/Moderator.",
} as const;

/** @param service the name that the configuration's `permissions` knows */
export function configRefusal(service: string): PermissionError {
  const remedy = `Ask the administrator of this bridge to give you the level manageConnections for ${service} in the configuration's "permissions".`;
  return new PermissionError(sentences.config(service), "HS_FORBIDDEN_USER", remedy);
}

/** @param remedy a sentence */
export function personRefusal(remedy: string): PermissionError {
  return new PermissionError(sentences.person, "HS_FORBIDDEN_USER", remedy);
}

/** @param detail a sentence */
export function botRefusal(detail: string): PermissionError {
  return new PermissionError(sentences.bot, "HS_FORBIDDEN_BOT", detail);
}

/** As programs know it (Hookshot reference 5.2). */
export function botNotJoined(): PermissionError {
  return new PermissionError("Bot is not joined to the room.", "HS_NOT_IN_ROOM");
}

export function powerUnreadable(roomId: RoomId): PermissionError {
  return new PermissionError(`Could not get power levels for ${roomId}. Is the bot invited?`, "HS_NOT_IN_ROOM");
}

/** @param holder has what was asked for; programs are told of it (Hookshot reference 5.1) */
export function conflict(message: string, { kind, active, canonicalType }: KnownKind, { id }: Connection): SwitchboardError {
  const { provisioning } = kind;
  const existingConnection = {
    id,
    eventType: canonicalType,
    ...(provisioning === undefined ? {} : { type: provisioning.type }),
    service: provisioning?.service ?? active.service.id,
  };
  return new SwitchboardError("HS_CONFLICTING_CONNECTION", message, { details: { existingConnection } });
}

/** True for a failure that the same request would meet again. */
export function isRefusal(error: unknown): boolean {
  return error instanceof PermissionError || (error instanceof RemoteError && !error.isTransient);
}
