import { chmodSync } from "node:fs";
import type { ConnectAppDesk } from "../../callers/connect-app-desk.js";
import type { DevinfoClientDesk } from "../../callers/devinfo-client-desk.js";
import type { TokenDesk } from "../../callers/token-desk.js";
import type { DeliveryDesk } from "../../core/ports/delivery-desk.js";
import type { KeyRotation } from "../../core/ports/key-rotation.js";
import type { DevinfoDesk } from "../../devinfo/devinfo-desk.js";
import { createListener, type Listener } from "../../http/listener.js";
import type { Clock } from "../../shared/clock.js";
import type { Log } from "../../shared/log.js";
import type { Random } from "../../shared/random.js";
import { createConnectAppRoutes, createDevinfoClientRoutes } from "./devinfo-client-routes.js";
import { createDevinfoForwardRoutes, type ForwardDesk } from "./devinfo-forward-routes.js";
import { createDevinfoRoutes } from "./devinfo-routes.js";
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
  /** Absent: nothing is kept of development information. */
  readonly devinfo?: DevinfoDesk;
  /** Who may send it; absent: nobody can be added. */
  readonly devinfoAccess?: { readonly clients: DevinfoClientDesk; readonly apps: ConnectAppDesk };
  /** Copies for other sites; absent: there are none. */
  readonly devinfoForwards?: ForwardDesk;
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
  const { desk, tokens, keyRotation, devinfo, devinfoAccess: access, devinfoForwards: forwards, clock } = options;
  const routes = [
    ...createControlRoutes(desk),
    ...createTokenRoutes(tokens),
    ...createKeyRoutes(keyRotation, clock),
    ...(devinfo === undefined ? [] : createDevinfoRoutes(devinfo)),
    ...(access === undefined ? [] : [...createDevinfoClientRoutes(access.clients), ...createConnectAppRoutes(access.apps)]),
    ...(forwards === undefined ? [] : createDevinfoForwardRoutes(forwards)),
  ];
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
