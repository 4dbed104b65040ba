import { existsSync } from "node:fs";
import { ConfigError } from "../../core/errors.js";
import type { StoreChange, UnitOfWork } from "../../core/ports/unit-of-work.js";
import type { Random } from "../../shared/random.js";
import type { Database } from "../database.js";
import { readKeyFile } from "./key-file.js";
import { KeyRing } from "./key-ring.js";
import { makeKey, type KeySource, type SealingKey } from "./key.js";
import { readPassFile } from "./pass-file.js";
import { holdsSealedValues } from "./sealed-values.js";
import { createSealer, keyIdOf, type Sealer } from "./sealer.js";
import { keyGone, otherKeyGone, replacedKey, wrongKey } from "./sealing-errors.js";
import {
  checkMark,
  createSealingMarks,
  sealMark,
  type KeyChange,
  type KeyPlace,
  type SealingMarks,
  type Sentinel,
} from "./sealing-marks.js";
import { syncKeyFile } from "./sync-key-file.js";

/*
 * The data folder knows its key by a sentinel, which is opened at each start. A key that does not open it ends the start, before a value that
 * nobody could read is written beside those of the other key. While nothing is sealed any key will do, and none: the sentinel then follows
 * the configuration, except to a key that was replaced.
 *
 * While keys are being changed there is a second mark, of the new key. Then the configuration may name either; the other is read from where
 * it lay, and both open values. Where its file is gone that does not matter as long as nothing is sealed with it.
 */
const saltBytes = 32;

interface SealingOptions {
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  /** The data folder, as sentences call it. */
  readonly folder: string;
  readonly random: Random;
  /** Absent when no key is configured. */
  readonly key: KeySource | undefined;
}

/** What encrypts values of a data folder, and what a change of its key begins with. */
export interface Sealing {
  readonly sealer: Sealer;
  readonly keys: KeyRing;
  readonly marks: SealingMarks;
  readonly sentinel: Sentinel;
  /** Absent when no change of keys is under way. */
  readonly change?: KeyChange;
  /** The key that the configuration names. */
  readonly configured: KeyPlace & { readonly id: string };
}

/** What the folder knows. */
interface Folder extends SealingOptions {
  readonly marks: SealingMarks;
  readonly sentinel: Sentinel | undefined;
  readonly change: KeyChange | undefined;
}

/** What it knows amid a change of keys. */
interface ChangingFolder extends Folder {
  readonly sentinel: Sentinel;
  readonly change: KeyChange;
}

/** A key as it was configured. */
interface Configured {
  readonly source: KeySource;
  readonly key: SealingKey;
}

function placeOf({ source: { setting, file }, key: { id } }: Configured): Sealing["configured"] {
  return { id, setting, file };
}

/**
 * Makes what encrypts values of this data folder.
 * @returns undefined when no key is configured
 * @throws StorageError naming file and remedy, when values were sealed with a key that is not there
 */
export async function openSealing(options: SealingOptions): Promise<Sealing | undefined> {
  const marks = createSealingMarks(options.database);
  const [sentinel, change] = [await marks.sentinel(), await marks.change()];
  // An end that the disk seemed to refuse, and stored, may have been followed by the mark of the same change.
  const isOver = change !== undefined && sentinel !== undefined && keyIdOf(change.sealed) === keyIdOf(sentinel.sealed);
  const folder = { ...options, marks, sentinel, change: isOver ? undefined : change };
  return options.key === undefined ? goWithout(folder) : openWith(options.key, folder);
}

async function goWithout({ database, unitOfWork, folder, marks, sentinel, change }: Folder): Promise<undefined> {
  if (sentinel === undefined) return;
  if (await holdsSealedValues(database)) throw keyGone(folder, sentinel, change);
  await unitOfWork.commit([marks.removeSentinel(), marks.removeChange()]);
}

async function openWith(source: KeySource, folder: Folder): Promise<Sealing> {
  const { salt, changes } = await saltFor(source, folder);
  const configured = { source, key: makeKey(source, salt) };
  const { sentinel, change } = folder;
  if (sentinel === undefined) return beginWith(configured, folder, changes);
  const keyId = configured.key.id;
  if (change !== undefined && (keyId === keyIdOf(sentinel.sealed) || keyId === keyIdOf(change.sealed))) {
    return openAmidChange(configured, { ...folder, sentinel, change });
  }
  if (change === undefined && keyId === keyIdOf(sentinel.sealed)) return openPlainly(configured, folder, sentinel);
  if (sentinel.replaced?.keyId === keyId) throw replacedKey(source, sentinel);
  if (await holdsSealedValues(folder.database)) throw wrongKey(folder.folder, source, sentinel, change);
  return beginWith(configured, folder, changes);
}

/** Nothing is sealed yet. */
async function beginWith(configured: Configured, folder: Folder, changes: readonly StoreChange[]): Promise<Sealing> {
  const { unitOfWork, random, marks } = folder;
  const { source } = configured;
  const keys = new KeyRing(configured.key);
  const sealer = createSealer(keys, random);
  const sentinel: Sentinel = { sealed: sealMark(sealer, "sentinel"), setting: source.setting, file: source.file };
  await syncKeyFile(source.file);
  await unitOfWork.commit([...changes, marks.putSentinel(sentinel), marks.removeChange()]);
  return { sealer, keys, marks, sentinel, configured: placeOf(configured) };
}

function openPlainly(configured: Configured, { marks, random }: Folder, sentinel: Sentinel): Sealing {
  const keys = new KeyRing(configured.key);
  const sealer = createSealer(keys, random);
  checkMark(sealer, "sentinel", sentinel);
  return { sealer, keys, marks, sentinel, configured: placeOf(configured) };
}

/** The configured key is one of the two; the other is needed as well, as long as something is sealed with it. */
async function openAmidChange(configured: Configured, folder: ChangingFolder): Promise<Sealing> {
  const { sentinel, change, marks, random } = folder;
  const isNew = configured.key.id === keyIdOf(change.sealed);
  const place: KeyPlace = isNew ? change.from : change;
  const other = await readOther(place, keyIdOf((isNew ? sentinel : change).sealed), folder);
  if (other === undefined) return isNew ? endChange(configured, folder) : dropChange(configured, folder);
  const keys = isNew ? new KeyRing(configured.key, other) : new KeyRing(other, configured.key);
  const sealer = createSealer(keys, random);
  checkMark(sealer, "sentinel", sentinel);
  checkMark(sealer, "change", change);
  return { sealer, keys, marks, sentinel, change, configured: placeOf(configured) };
}

/**
 * @returns undefined when the key is not there and nothing is sealed with it
 * @throws StorageError when something is
 */
async function readOther(place: KeyPlace, keyId: string | undefined, folder: ChangingFolder): Promise<SealingKey | undefined> {
  const read = await tryToRead(place, folder);
  if (typeof read !== "string" && read.id === keyId) return read;
  if (!(await holdsSealedValues(folder.database, keyId))) return undefined;
  throw otherKeyGone(folder.folder, place, folder.change, typeof read === "string" ? read : "that file holds another key now");
}

/** @returns what is wrong with the file, where it cannot be used */
async function tryToRead({ setting, file }: KeyPlace, { folder, marks }: ChangingFolder): Promise<SealingKey | string> {
  if (!existsSync(file)) return "that file is missing";
  try {
    const source = setting === "passFile" ? readPassFile(file) : readKeyFile(file, folder);
    return makeKey(source, (await marks.salt()) ?? Buffer.alloc(0));
  } catch (error) {
    if (error instanceof ConfigError) return `that file cannot be used (${error.message.replace(/\.$/, "")})`;
    throw error;
  }
}

/** Everything was sealed anew, but for the note that it was. */
async function endChange(configured: Configured, folder: ChangingFolder): Promise<Sealing> {
  const { sentinel, change, marks, unitOfWork, random } = folder;
  const sealer = createSealer(new KeyRing(configured.key), random);
  checkMark(sealer, "change", change);
  const next = sentinelAfter(change, sentinel, sealer);
  await unitOfWork.commit([marks.putSentinel(next), marks.removeChange()]);
  return openPlainly(configured, folder, next);
}

/** It was noted, and ended before anything was sealed anew. */
async function dropChange(configured: Configured, folder: ChangingFolder): Promise<Sealing> {
  const opened = openPlainly(configured, folder, folder.sentinel);
  await folder.unitOfWork.commit([folder.marks.removeChange()]);
  return opened;
}

/** The sentinel that a finished change leaves behind. @param sealer seals with the new key */
export function sentinelAfter({ setting, file }: KeyChange, before: Sentinel, sealer: Sealer): Sentinel {
  const keyId = keyIdOf(before.sealed);
  return { sealed: sealMark(sealer, "sentinel"), setting, file, ...(keyId === undefined ? {} : { replaced: { keyId } }) };
}

/** Made once, for the first key that needs it; never changed, since the derived key would change with it. */
async function saltFor(
  { form }: KeySource,
  { marks, random }: Folder,
): Promise<{ readonly salt: Buffer; readonly changes: readonly StoreChange[] }> {
  if (form === "key") return { salt: Buffer.alloc(0), changes: [] };
  const stored = await marks.salt();
  if (stored !== undefined) return { salt: stored, changes: [] };
  const salt = random.bytes(saltBytes);
  return { salt, changes: [marks.putSalt(salt)] };
}
