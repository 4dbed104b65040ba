import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { StorageError } from "../../core/errors.js";

/** Unix sockets take about 104 bytes (macOS) or 108 (Linux), the closing zero included. */
const maxPathBytes = 100;

/**
 * Where server and command line meet: a socket in `control/` under the data folder. Where that path is too long for a socket, one in the
 * system's folder for temporary files that follows from the data folder and the user; both sides must then see the same such folder.
 */
export function controlSocketPath(storagePath: string): string {
  const folder = resolve(storagePath);
  const name = "switchboard.sock";
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const fallback = `switchboard-${userInfo().uid}-${hash}`;
  const places = [join(folder, "control", name), join(tmpdir(), fallback, name)];
  return places.find((path) => Buffer.byteLength(path) <= maxPathBytes) ?? join("/tmp", fallback, name);
}

/** Makes the socket's folder, for nobody but us. @throws StorageError when it cannot be made or trusted */
export function makeControlFolder(socketPath: string): void {
  const folder = dirname(socketPath);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StorageError(`Cannot make the folder ${folder} for the control socket.`, { cause });
  }
  checkOwner(folder);
  // It may be older than this rule, or restored from a backup.
  chmodSync(folder, 0o700);
}

/**
 * Refuses a folder that somebody else could have made: the fall-back lies where all users may write, and who owns the folder could answer
 * in the server's name. Called by either side before the socket is used.
 * @throws StorageError
 */
export function checkControlFolder(socketPath: string): void {
  const folder = dirname(socketPath);
  const mode = checkOwner(folder);
  if ((mode & 0o077) !== 0) throw new StorageError(`Others may enter the folder ${folder}: its mode must be 0700.`);
}

/** @returns the folder's mode */
function checkOwner(folder: string): number {
  // Not followed: a link would be somebody else's choice of folder.
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) throw new StorageError(`There is no folder ${folder}: no server runs on this data folder.`);
  if (!stats.isDirectory()) throw new StorageError(`${folder} is not a folder; remove it.`);
  // Root may use what its service user made.
  const { uid } = userInfo();
  if (uid !== 0 && stats.uid !== uid) throw new StorageError(`The folder ${folder} belongs to another user; run as the server's user.`);
  return stats.mode;
}
