import type { EntityAddress } from "../core/ports/devinfo.js";

/*
 * How the Development Information API 0.10 is asked for deletes, below its prefix: what we delete by ourselves is told to other sites in these
 * words.
 */

export function repositoryPath(repositoryId: string): string {
  return `/repository/${encodeURIComponent(repositoryId)}`;
}

/** @param upTo only where its sequence is not above it */
export function entityPath({ repositoryId, type, id }: Omit<EntityAddress, "provider">, upTo?: bigint): string {
  const query = upTo === undefined ? "" : `?_updateSequenceId=${String(upTo)}`;
  return `${repositoryPath(repositoryId)}/${type}/${encodeURIComponent(id)}${query}`;
}
