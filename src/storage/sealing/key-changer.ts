import path from "node:path";
import { ConfigError, StorageError, SwitchboardError, ValidationError } from "../../core/errors.js";
import type { KeyRotation, KeyRotationStatus } from "../../core/ports/key-rotation.js";
import type { UnitOfWork } from "../../core/ports/unit-of-work.js";
import type { Random } from "../../shared/random.js";
import { compact } from "../compact.js";
import type { Database } from "../database.js";
import type { Replacement } from "../group-commit.js";
import { howToMake, isSameFile, readKeyFile } from "./key-file.js";
import { KeyRing } from "./key-ring.js";
import { makeKey, type KeySource, type SealingKey } from "./key.js";
import { sentinelAfter, type Sealing } from "./open-sealing.js";
import { sealAnew } from "./seal-anew.js";
import { placeOfKey, sealedRanges, sealedSlices, type SealedEntry } from "./sealed-values.js";
import { createSealer, keyIdOf } from "./sealer.js";
import { sealMark, type KeyChange, type KeyPlace } from "./sealing-marks.js";
import { syncKeyFile } from "./sync-key-file.js";

/*
 * How the key of a data folder is changed while everything else goes on:
 *
 *   1. The new key's file is flushed, and a mark of the change is stored, synced: where the new key lies, and where the old one does. From here on a start needs both files.
 *   2. The new key seals. What was sealed with the old one and is committed only now is sealed anew on its way (seal-anew.ts).
 *   3. The mark is stored once more. When that is done, all that was on its way to the disk before step 2 is there to be found.
 *   4. All sealed values are walked through, in slices. One that the old key sealed is replaced, if it is still what was read: whoever changed
 *      it meanwhile did so with the new key. The database is compacted before it, so that what is replaced lies in files by then.
 *   5. They are walked through once more, to see that nothing is left under the old key before its file is given up. What was overwritten is
 *      removed from the disk.
 *      The new key's file is read once more: behind this nothing else opens them.
 *   6. One batch makes the new key the folder's, and takes the mark away.
 *
 * LevelDB drops what was overwritten when it merges the file that has it with one that is newer. What is overwritten while both are in memory
 * goes to the same file, which a compaction may leave as it is: so there are two, one before the walk and one behind it.
 *
 * A crash before the end of 1 leaves nothing to do; one before the end of 6 leaves the mark, and whoever begins again goes on. Every step may
 * be done twice.
 */
const sliceSize = 100;
const flag = "--new-key";
const noSalt = Buffer.alloc(0);

interface KeyChangerOptions {
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  /** As `Storage.replace`. */
  readonly replace: (replacements: readonly Replacement[]) => Promise<void>;
  /** The data folder, outside of which keys have to lie. */
  readonly folder: string;
  readonly sealing: Sealing;
  readonly random: Random;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** A change that was begun since the start. */
interface Run {
  readonly key: SealingKey;
  readonly change: KeyChange;
  state: KeyRotationStatus["state"];
  checked: number;
  reencrypted: number;
  /** Keys of those that open with no key. */
  readonly unreadable: Set<string>;
  error?: string;
}

/** Changes the key of an open data folder. */
export class KeyChanger implements KeyRotation {
  readonly #options: KeyChangerOptions;
  #sentinel: Sealing["sentinel"];
  /** What the data folder knows of a change that is not finished. */
  #change: KeyChange | undefined;
  #run: Run | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: KeyChangerOptions) {
    this.#options = options;
    this.#sentinel = options.sealing.sentinel;
    this.#change = options.sealing.change;
  }

  begin(file: string): KeyRotationStatus {
    const source = this.#read(file);
    const key = makeKey(source, noSalt);
    const known = this.#findRun(key);
    if (known !== undefined) return this.#toStatus(known);
    this.#checkMayBegin(source, key);
    const run: Run = { key, change: this.#changeTo(source, key), state: "running", checked: 0, reencrypted: 0, unreadable: new Set() };
    this.#run = run;
    this.#running = this.#carryOut(run);
    return this.#toStatus(run);
  }

  status(): KeyRotationStatus | undefined {
    return this.#run === undefined ? undefined : this.#toStatus(this.#run);
  }

  ended(): Promise<void> {
    return this.#running;
  }

  /** Resolves when nothing is being written any more; what is left is done when the change is begun again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  #read(file: string): KeySource {
    if (!path.isAbsolute(file)) throw new ValidationError(`${flag}: ${file} is no absolute path.`);
    try {
      return readKeyFile(file, this.#options.folder, flag);
    } catch (error) {
      // The file was named by whoever asks, who may read what is wrong with it.
      if (error instanceof ConfigError) throw new ValidationError(error.message, { cause: error });
      throw error;
    }
  }

  /** The run to this key that goes on, or that ended well while the configuration is still to be changed: it is told of again. */
  #findRun(key: SealingKey): Run | undefined {
    const run = this.#run;
    if (run?.key.id !== key.id) return undefined;
    return run.state === "running" || (run.state === "done" && !this.#isConfigured(key)) ? run : undefined;
  }

  #checkMayBegin({ file }: KeySource, key: SealingKey): void {
    if (this.#isStopping) throw refusal("Switchboard is stopping.");
    const change = this.#run?.state === "running" ? this.#run.change : this.#change;
    if (change !== undefined && keyIdOf(change.sealed) !== key.id) {
      if (isSameFile(change.file, file)) {
        const sentence = describeOtherKey(file, "held another key when the change that is not finished was begun");
        throw refusal(`${sentence}, and run: switchboard rotate-key ${flag} ${file}`);
      }
      throw refusal(
        `A change to the key in ${change.file} is not finished; there can be no other before it is. Run: switchboard rotate-key ${flag} ${change.file}`,
      );
    }
    if (change === undefined && key.id === this.#options.sealing.keys.sealing.id) {
      throw refusal(`${flag}: the key in ${file} is the one in use already. This makes another: ${howToMake("FILE")}`);
    }
    const current = this.#currentPlace();
    if (change === undefined && isSameFile(current.file, file)) {
      throw refusal(
        `${flag}: the file ${file} is that of the key in use, ${current.file}, which is needed until the end. ` +
          "Put the new key into another file, and restore the one in use.",
      );
    }
  }

  #changeTo({ setting, file }: KeySource, key: SealingKey): KeyChange {
    const sealed = sealMark(createSealer(new KeyRing(key), this.#options.random), "change");
    return { setting, file, sealed, from: this.#change?.from ?? this.#currentPlace() };
  }

  /** As the configuration has it, unless it was changed since the start: a file may have been moved since its key was first used. */
  #currentPlace(): KeyPlace {
    const { keys, configured } = this.#options.sealing;
    const { setting, file } = configured.id === keys.sealing.id ? configured : this.#sentinel;
    return { setting, file: path.resolve(file) };
  }

  async #carryOut(run: Run): Promise<void> {
    const { log } = this.#options;
    const { file: newFile, from } = run.change;
    log.info({ newFile, oldFile: from.file }, "The key of the data folder is being changed");
    try {
      await this.#takeOver(run);
      await this.#compact();
      await this.#walk(run);
      await this.#checkNothingLeft(run);
      await this.#compact();
      this.#checkKeyIsKept(run);
      await this.#step(() => this.#end(run));
      run.state = "done";
      log.info({ newFile, oldFile: from.file, reencrypted: run.reencrypted }, "The key of the data folder was changed");
    } catch (error) {
      run.error = error instanceof SwitchboardError ? error.message : "Something unexpected went wrong; the log says what.";
      run.state = "failed";
      log.warn({ newFile, error }, "The change of the data folder's key was interrupted; run switchboard rotate-key again to go on");
    }
  }

  /** Steps 1 to 3. */
  async #takeOver({ key, change }: Run): Promise<void> {
    const { unitOfWork, sealing } = this.#options;
    const mark = sealing.marks.putChange(change);
    await this.#step(async () => {
      await syncKeyFile(change.file);
      await unitOfWork.commit([mark]);
    });
    this.#change = change;
    sealing.keys.sealWith(key);
    await this.#step(() => unitOfWork.commit([mark]));
  }

  /** Step 4. */
  async #walk(run: Run): Promise<void> {
    for await (const entries of sealedSlices(this.#options.database, sliceSize)) {
      const replacements = entries.flatMap((entry) => this.#sealAnew(entry, run));
      await this.#step(() => this.#options.replace(replacements));
      run.reencrypted += replacements.length;
      run.checked += entries.length;
    }
  }

  /** There can be nothing. But the old key is given up behind this, so it is looked for. */
  async #checkNothingLeft({ key, unreadable }: Run): Promise<void> {
    for await (const entries of sealedSlices(this.#options.database, sliceSize)) {
      await this.#step(() => Promise.resolve());
      const left = entries.filter((entry) => keyIdOf(entry.sealed) !== key.id && !unreadable.has(entry.key));
      if (left.length > 0) throw new StorageError("Values were found that are still encrypted with the old key.");
    }
  }

  /** Behind this nothing opens the values but what lies in the new file. */
  #checkKeyIsKept({ key, change: { file } }: Run): void {
    if (makeKey(this.#read(file), noSalt).id !== key.id)
      throw new StorageError(`${describeOtherKey(file, "does not hold the new key any more")}.`);
  }

  #sealAnew(entry: SealedEntry, run: Run): readonly Replacement[] {
    if (keyIdOf(entry.sealed) === run.key.id) return [];
    try {
      return [{ key: entry.key, expected: entry.sealed, value: sealAnew(entry, this.#options.sealing.sealer) }];
    } catch (error) {
      // It was changed, or belongs elsewhere: it could not be read before either, and stays what it is.
      if (!(error instanceof StorageError)) throw error;
      this.#warnOf(entry, error);
      run.unreadable.add(entry.key);
      return [];
    }
  }

  /** Without its key, which may name a person. */
  #warnOf({ key }: SealedEntry, error: StorageError): void {
    const { store, field } = placeOfKey(key);
    this.#options.log.warn({ store, field, error }, "An encrypted value opens with no key, and is left as it is");
  }

  async #compact(): Promise<void> {
    for (const { gt, lt } of sealedRanges) await this.#step(() => compact(this.#options.database, gt, lt));
  }

  /** Step 6. */
  async #end({ change }: Run): Promise<void> {
    const { unitOfWork, sealing } = this.#options;
    const { sealer, marks } = sealing;
    const sentinel = sentinelAfter(change, this.#sentinel, sealer);
    await unitOfWork.commit([marks.putSentinel(sentinel), marks.removeChange()]);
    this.#sentinel = sentinel;
    this.#change = undefined;
  }

  /** The data folder closes soon behind a stop, so nothing may be begun then. */
  #step(carryOut: () => Promise<void>): Promise<void> {
    if (this.#isStopping) throw new StorageError("Switchboard was stopped before the change of the key was finished.");
    return carryOut();
  }

  #isConfigured(key: SealingKey): boolean {
    return this.#options.sealing.configured.id === key.id;
  }

  #toStatus({ key, change, state, checked, reencrypted, unreadable, error }: Run): KeyRotationStatus {
    return {
      ...{ state, newFile: change.file, oldFile: change.from.file, oldSetting: change.from.setting, isConfigured: this.#isConfigured(key) },
      ...{ checked, reencrypted, unreadable: unreadable.size },
      ...(error === undefined ? {} : { error }),
    };
  }
}

function describeOtherKey(file: string, what: string): string {
  return `${flag}: the file ${file} ${what}. Restore that key`;
}

function refusal(sentence: string): SwitchboardError {
  return new SwitchboardError("HS_UNSUPPORTED_OPERATION", sentence);
}
