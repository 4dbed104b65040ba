import { PermissionError, RemoteError } from "../core/errors.js";

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

/** True for a failure that the same request would meet again. */
export function isRefusal(error: unknown): boolean {
  return error instanceof PermissionError || (error instanceof RemoteError && !error.isTransient);
}
