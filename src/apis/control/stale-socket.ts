import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { StorageError } from "../../core/errors.js";

/**
 * Removes the socket file that a killed process left behind; nobody listens on it, and it would keep us from listening.
 * @throws StorageError when a server still answers there, or when the file is no socket
 */
export async function removeStaleSocket(socketPath: string): Promise<void> {
  const stats = lstatSync(socketPath, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new StorageError(`${socketPath} is not a socket; remove it.`);
  if (await isAnswered(socketPath)) throw new StorageError(`Another server uses the control socket ${socketPath}; stop it first.`);
  unlinkSync(socketPath);
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const answer = (isAnswered: boolean) => (): void => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.once("connect", answer(true)).once("error", answer(false));
  });
}
