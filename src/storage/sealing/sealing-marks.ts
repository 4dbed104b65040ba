import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { createMetaStore } from "../stores/meta-store.js";
import type { KeySource } from "./key.js";
import type { SealedPlace, Sealer } from "./sealer.js";

/** Where a key lies, for whoever has to restore or replace it. */
export type KeyPlace = Pick<KeySource, "setting" | "file">;

/** The mark of the folder's key: a value of known text, sealed with the key before anything else is. */
export interface Sentinel extends KeyPlace {
  readonly sealed: string;
  /** The key before this one: whoever still names it is told what took its place. */
  readonly replaced?: { readonly keyId: string };
}

/** The mark of a change of keys that is under way: known text, sealed with the new key. */
export interface KeyChange extends KeyPlace {
  readonly sealed: string;
  readonly from: KeyPlace;
}

/** What a data folder knows of its keys. */
export interface SealingMarks {
  sentinel(): Promise<Sentinel | undefined>;
  putSentinel(sentinel: Sentinel): StoreChange;
  removeSentinel(): StoreChange;
  /** @returns undefined when no change is under way */
  change(): Promise<KeyChange | undefined>;
  putChange(change: KeyChange): StoreChange;
  removeChange(): StoreChange;
  /** For keys that are derived. */
  salt(): Promise<Buffer | undefined>;
  putSalt(salt: Buffer): StoreChange;
}

const storeName = "sealing";
const markText = "matrix-switchboard";

function placeOf(mark: "sentinel" | "change"): SealedPlace {
  return { store: storeName, record: mark, field: "text" };
}

export function sealMark(sealer: Sealer, mark: "sentinel" | "change"): string {
  return sealer.seal(markText, placeOf(mark));
}

/** @throws StorageError when it was changed */
export function checkMark(sealer: Sealer, mark: "sentinel" | "change", { sealed }: { readonly sealed: string }): void {
  sealer.open(sealed, placeOf(mark));
}

export function createSealingMarks(database: Database): SealingMarks {
  const meta = createMetaStore(database, storeName);
  return {
    // Casts of what only the functions beside them write.
    sentinel: async () => parse(await meta.get("sentinel")) as Sentinel | undefined,
    putSentinel: (sentinel) => meta.put("sentinel", JSON.stringify(sentinel)),
    removeSentinel: () => meta.remove("sentinel"),
    change: async () => parse(await meta.get("change")) as KeyChange | undefined,
    putChange: (change) => meta.put("change", JSON.stringify(change)),
    removeChange: () => meta.remove("change"),
    async salt() {
      const stored = await meta.get("salt");
      return stored === undefined ? undefined : Buffer.from(stored, "base64url");
    },
    putSalt: (salt) => meta.put("salt", salt.toString("base64url")),
  };
}

function parse(stored: string | undefined): unknown {
  return stored === undefined ? undefined : JSON.parse(stored);
}
