import { StorageError } from "../../core/errors.js";
import type { StoreChange, UnitOfWork } from "../../core/ports/unit-of-work.js";
import type { Random } from "../../shared/random.js";
import type { Database } from "../database.js";
import { createMetaStore, type MetaStore } from "../stores/meta-store.js";
import { makeKey, type KeySource } from "./key.js";
import { createSealer, keyIdOf, type Sealer } from "./sealer.js";
import { holdsSealedValues } from "./sealed-values.js";

/*
 * The data folder knows its key by a sentinel: a value of known text, sealed with the key before anything else is, and opened at each
 * start. A key that does not open it ends the start, before a value that nobody could read is written beside those of the other key.
 * While nothing is sealed any key will do, and none: the sentinel then follows the configuration.
 */
const sentinelText = "matrix-switchboard";
const sentinelPlace = { store: "sealing", record: "sentinel", field: "text" };
const saltBytes = 32;

interface Sentinel {
  readonly sealed: string;
  /** Where the key lay, for whoever has to restore it. */
  readonly setting: string;
  readonly file: string;
}

interface SealingOptions {
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  /** The data folder, as sentences call it. */
  readonly folder: string;
  readonly random: Random;
  /** Absent when no key is configured. */
  readonly key: KeySource | undefined;
}

/**
 * Makes what encrypts values of this data folder.
 * @returns undefined when no key is configured
 * @throws StorageError naming file and remedy, when values were sealed with a key that is not the configured one
 */
export async function openSealer(options: SealingOptions): Promise<Sealer | undefined> {
  const meta = createMetaStore(options.database, sentinelPlace.store);
  const sentinel = readSentinel(await meta.get("sentinel"));
  return options.key === undefined ? goWithout(options, meta, sentinel) : openWith(options.key, options, meta, sentinel);
}

async function goWithout(options: SealingOptions, meta: MetaStore, sentinel: Sentinel | undefined): Promise<undefined> {
  if (sentinel === undefined) return;
  if (await holdsSealedValues(options.database)) throw keyGone(options.folder, sentinel);
  await options.unitOfWork.commit([meta.remove("sentinel")]);
}

async function openWith(
  source: KeySource,
  { database, unitOfWork, folder, random }: SealingOptions,
  meta: MetaStore,
  sentinel: Sentinel | undefined,
): Promise<Sealer> {
  const { salt, changes } = await saltFor(source, meta, random);
  const key = makeKey(source, salt);
  const sealer = createSealer(key, random);
  if (sentinel !== undefined && keyIdOf(sentinel.sealed) === key.id) {
    sealer.open(sentinel.sealed, sentinelPlace);
    return sealer;
  }
  if (sentinel !== undefined && (await holdsSealedValues(database))) throw wrongKey(folder, source, sentinel);
  const { setting, file } = source;
  const first: Sentinel = { sealed: sealer.seal(sentinelText, sentinelPlace), setting, file };
  await unitOfWork.commit([...changes, meta.put("sentinel", JSON.stringify(first))]);
  return sealer;
}

/** Made once, for the first key that needs it; never changed, since the derived key would change with it. */
async function saltFor(
  { form }: KeySource,
  meta: MetaStore,
  random: Random,
): Promise<{ readonly salt: Buffer; readonly changes: readonly StoreChange[] }> {
  if (form === "key") return { salt: Buffer.alloc(0), changes: [] };
  const stored = await meta.get("salt");
  if (stored !== undefined) return { salt: Buffer.from(stored, "base64url"), changes: [] };
  const salt = random.bytes(saltBytes);
  return { salt, changes: [meta.put("salt", salt.toString("base64url"))] };
}

function readSentinel(stored: string | undefined): Sentinel | undefined {
  // Only `openWith` writes there.
  return stored === undefined ? undefined : (JSON.parse(stored) as Sentinel);
}

function keyGone(folder: string, { setting, file }: Sentinel): StorageError {
  return new StorageError(
    `The data folder ${folder} holds values that were encrypted with the key in ${file}, and no key is configured now. ` +
      `Restore that file if it is gone, and name it in ${setting}.`,
  );
}

function wrongKey(folder: string, source: KeySource, sentinel: Sentinel): StorageError {
  const before = sentinel.file === source.file ? "what this file held before" : `the one in ${sentinel.file} (${sentinel.setting})`;
  return new StorageError(
    `The key in ${source.file} (${source.setting}) is not the one with which values in the data folder ${folder} were encrypted: that was ${before}. ` +
      "Restore that key, or name its file; without it these values cannot be read.",
  );
}
