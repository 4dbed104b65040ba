import { StorageError } from "../../core/errors.js";
import type { KeyChange, KeyPlace, Sentinel } from "./sealing-marks.js";

/** No key is configured, and values need one. */
export function keyGone(folder: string, { setting, file }: Sentinel, change: KeyChange | undefined): StorageError {
  if (change !== undefined) {
    return new StorageError(
      `The data folder ${folder} holds values that were encrypted with the keys in ${file} and ${change.file}, because a change of keys is not ` +
        `finished, and no key is configured now. Keep or restore both files, and name ${change.file} in ${change.setting}.`,
    );
  }
  return new StorageError(
    `The data folder ${folder} holds values that were encrypted with the key in ${file}, and no key is configured now. ` +
      `Restore that file if it is gone, and name it in ${setting}.`,
  );
}

/** The configured key is neither the one in use nor one that comes after it. */
export function wrongKey(folder: string, source: KeyPlace, sentinel: Sentinel, change: KeyChange | undefined): StorageError {
  return new StorageError(
    `The key in ${source.file} (${source.setting}) is not the one with which values in the data folder ${folder} were encrypted: that was ` +
      `${describeRight(source, sentinel, change)}. Restore that key, or name its file; without it these values cannot be read.`,
  );
}

function describeRight(source: KeyPlace, sentinel: Sentinel, change: KeyChange | undefined): string {
  const before = sentinel.file === source.file ? "what this file held before" : `the one in ${sentinel.file} (${sentinel.setting})`;
  return change === undefined ? before : `${before}, and, since a change of keys is not finished, the one in ${change.file}`;
}

/** The configured key is the one that was replaced. */
export function replacedKey(source: KeyPlace, sentinel: Sentinel): StorageError {
  return new StorageError(
    `The key in ${source.file} (${source.setting}) was replaced by the one in ${sentinel.file}. ` +
      `Change the configuration to ${sentinel.setting}: ${sentinel.file}`,
  );
}

/** A change of keys is under way, and one of its two files cannot be used. */
export function otherKeyGone(folder: string, other: KeyPlace, change: KeyChange, problem: string): StorageError {
  return new StorageError(
    `A change of keys is not finished: values in the data folder ${folder} are still encrypted with the key in ${other.file} too, and ${problem}. ` +
      `Restore it, start, and run: switchboard rotate-key --new-key ${change.file}`,
  );
}
