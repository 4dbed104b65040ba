import type { DevinfoStore, ExpiringTombstone, RepositoryTombstones } from "../../core/ports/devinfo-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { del, put } from "./devinfo-edit.js";
import * as keys from "./devinfo-keys.js";
import { readTombstone, tombstoneText } from "./devinfo-values.js";

type TombstonePart = Pick<DevinfoStore, "entityTombstones" | "putTombstones" | "putEntityTombstone" | "expiring" | "dropExpired">;

/*
 * A repository's value has its own tombstone and the time until which there may be some of entities: `[<own>][,<time>]`. Each time that one is
 * written there comes an entry under which it is looked at when it expires; older entries of the same lead to nothing.
 */
const comma = ",";

/** Marks that keep out late ones. */
export function createDevinfoTombstones(database: Database): TombstonePart {
  return {
    async entityTombstones(provider, repositoryId, entities) {
      const texts = await database.getMany(entities.map((entity) => keys.tombstonesKey(provider, repositoryId, entity)));
      return texts.map(readTombstone);
    },
    putTombstones: (provider, repositoryId, tombstones) => [
      put(keys.tombstonesKey(provider, repositoryId), tombstonesText(tombstones)),
      put(keys.expiryKey(lastUntil(tombstones), provider, repositoryId)),
    ],
    putEntityTombstone: (provider, repositoryId, entity, tombstone) => [
      put(keys.tombstonesKey(provider, repositoryId, entity), tombstoneText(tombstone)),
      put(keys.expiryKey(tombstone.until, provider, repositoryId, entity)),
    ],
    async expiring(now, limit) {
      const found = await database.keys({ ...keys.expiries(now), limit }).all();
      return found.map((key) => ({ provider: keys.providerOfReference(keys.expiryReference(key)), reference: key }));
    },
    async dropExpired(tombstones, now) {
      const texts = await database.getMany(tombstones.map(keyOf));
      return tombstones.flatMap((tombstone, index) => dropIfExpired(tombstone, texts[index], now));
    },
  };
}

export function readTombstones(text: string | undefined): RepositoryTombstones | undefined {
  if (text === undefined) return undefined;
  const [ownText, entitiesUntil] = text.split(comma);
  const own = readTombstone(ownText);
  return { ...(own === undefined ? {} : { own }), ...(entitiesUntil === undefined ? {} : { entitiesUntil: Number(entitiesUntil) }) };
}

function tombstonesText({ own, entitiesUntil }: RepositoryTombstones): string {
  const ownText = own === undefined ? "" : tombstoneText(own);
  return entitiesUntil === undefined ? ownText : `${ownText}${comma}${entitiesUntil}`;
}

function lastUntil({ own, entitiesUntil }: RepositoryTombstones): number {
  return Math.max(own?.until ?? 0, entitiesUntil ?? 0);
}

function keyOf({ reference }: ExpiringTombstone): string {
  return keys.tombstoneKey(keys.expiryReference(reference));
}

function dropIfExpired(tombstone: ExpiringTombstone, text: string | undefined, now: number): readonly StoreChange[] {
  const until = text === undefined ? 0 : lastUntil(readTombstones(text) ?? {});
  return until > now ? [del(tombstone.reference)] : [del(tombstone.reference), del(keyOf(tombstone))];
}
