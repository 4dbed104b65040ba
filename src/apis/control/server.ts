import { chmodSync } from "node:fs";
import type { TokenDesk } from "../../callers/token-desk.js";
import type { DeliveryDesk } from "../../core/ports/delivery-desk.js";
import type { KeyRotation } from "../../core/ports/key-rotation.js";
import { createListener, type Listener } from "../../http/listener.js";
import type { Clock } from "../../shared/clock.js";
import type { Log } from "../../shared/log.js";
import type { Random } from "../../shared/random.js";
import { createKeyRoutes } from "./key-routes.js";
import { createControlRoutes } from "./routes.js";
import { controlSocketPath, makeControlFolder } from "./socket-path.js";
import { removeStaleSocket } from "./stale-socket.js";
import { createTokenRoutes } from "./token-routes.js";

export interface ControlServerOptions {
  /** The data folder; the process must hold it already, so that two servers cannot take each other's socket away. */
  readonly storagePath: string;
  readonly desk: DeliveryDesk;
  readonly tokens: TokenDesk;
  readonly keyRotation: KeyRotation;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The server that the command line talks to. Starting it replaces the socket of a process that was killed.
 * `start` throws StorageError when the folder or the socket cannot be used.
 */
export function createControlServer(options: ControlServerOptions): Listener {
  const socketPath = controlSocketPath(options.storagePath);
  const { desk, tokens, keyRotation, clock } = options;
  const routes = [...createControlRoutes(desk), ...createTokenRoutes(tokens), ...createKeyRoutes(keyRotation, clock)];
  const listener = createListener({ ...options, socketPath, routes, configKey: "storage.path" });
  return {
    async start() {
      makeControlFolder(socketPath);
      await removeStaleSocket(socketPath);
      const started = await listener.start();
      chmodSync(socketPath, 0o600);
      return started;
    },
    stop: () => listener.stop(),
  };
}
