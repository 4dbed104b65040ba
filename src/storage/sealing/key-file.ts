import { createSecretKey } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../../core/errors.js";
import { describeOpenError } from "./describe-open-error.js";
import { keyBytes, type KeySource } from "./key.js";

const setting = "storage.keyFile";

/** Rights of the group and of everybody else. */
const othersRights = 0o077;

/**
 * Reads the key that `storage.keyFile` names: 32 raw bytes, for its owner only, outside the data folder.
 * @param calledBy what names the file, in sentences
 * @throws ConfigError with what is wrong with the file, and the remedy
 */
export function readKeyFile(file: string, dataFolder: string, calledBy: string = setting): KeySource {
  const named: NamedFile = { file, calledBy };
  const bytes = readBytes(named);
  // Asked once it is known that the file is there.
  if (liesInside(file, dataFolder)) {
    throw unusable(
      named,
      `lies inside the data folder ${dataFolder}, so that whoever has a copy of the data has the key too. Move it elsewhere, and name its new place`,
    );
  }
  return { setting, file, form: "key", secret: createSecretKey(bytes) };
}

interface NamedFile {
  readonly file: string;
  readonly calledBy: string;
}

function readBytes(named: NamedFile): Buffer {
  const { file } = named;
  const descriptor = openKeyFile(named);
  try {
    // Of what was opened, so that nothing can be put in its place between the two looks.
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw unusable(named, "is no ordinary file. Name a file that holds the key's 32 bytes");
    if ((status.mode & othersRights) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
      throw unusable(named, `is open to other users (its mode is ${mode}). Run: chmod 600 ${file}`);
    }
    const bytes = Buffer.alloc(keyBytes);
    // Fewer where it is being written anew just now: the rest would be zeros.
    const length = status.size === keyBytes ? readSync(descriptor, bytes, 0, keyBytes, 0) : status.size;
    if (length !== keyBytes) {
      throw unusable(
        named,
        `holds ${length} bytes, and a key has exactly ${keyBytes}, raw and without a line break. Restore it, or, where nothing was encrypted with it yet, make another: ${howToMake(file)}`,
      );
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function openKeyFile({ file, calledBy }: NamedFile): number {
  try {
    // Opening a pipe would wait for its other end otherwise.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new ConfigError(
      calledBy,
      `${calledBy}: the file ${file} ${describeOpenError(cause)}. Restore it from its backup, or, where nothing was encrypted with it yet, make one: ${howToMake(file)}.`,
      { cause },
    );
  }
}

function unusable({ file, calledBy }: NamedFile, sentence: string): ConfigError {
  return new ConfigError(calledBy, `${calledBy}: the file ${file} ${sentence}.`);
}

/** A command that makes a key file for its owner only. */
export function howToMake(file: string): string {
  return `(umask 077; head -c ${keyBytes} /dev/urandom > ${file})`;
}

/** Whether two names lead to one file, all links followed; neither need be there. */
export function isSameFile(one: string, other: string): boolean {
  return realPath(one) === realPath(other);
}

/** Whether a file lies below a folder, all links followed; the folder need not be there yet. */
function liesInside(file: string, folder: string): boolean {
  const relative = path.relative(realPath(folder), realPath(file));
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function realPath(name: string): string {
  const absolute = path.resolve(name);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = path.dirname(absolute);
    return parent === absolute ? absolute : path.join(realPath(parent), path.basename(absolute));
  }
}
