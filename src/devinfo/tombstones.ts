import type { EntityName, RepositoryTombstones, Tombstone } from "../core/ports/devinfo-store.js";

/** Late ones come within minutes; a queue of retries may take hours. */
const tombstoneMs = 24 * 60 * 60_000;

/** Does it keep out what has the sequence? */
export function keepsOut(tombstone: Tombstone | undefined, sequence: bigint, now: number): boolean {
  return tombstone !== undefined && isAlive(tombstone, now) && sequence <= tombstone.sequence;
}

export function isAlive({ until }: Tombstone, now: number): boolean {
  return until > now;
}

/** What a delete up to a sequence leaves: of two tombstones the higher one stays. */
export function tombstoneAfter(before: Tombstone | undefined, sequence: bigint, now: number): Tombstone {
  const staysAsItIs = before !== undefined && isAlive(before, now) && before.sequence > sequence;
  return staysAsItIs ? before : { sequence, until: Math.ceil(now + tombstoneMs) };
}

export function hasEntityTombstones(tombstones: RepositoryTombstones | undefined, now: number): boolean {
  return (tombstones?.entitiesUntil ?? 0) > now;
}

const idForm = /^[A-Za-z0-9~._-]{1,1024}$/;

/** What has another id is never stored, so nothing has to keep it out. */
export function canBeStored(repositoryId: string, entity?: EntityName): boolean {
  return idForm.test(repositoryId) && (entity === undefined || idForm.test(entity.id));
}
