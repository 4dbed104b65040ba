import { createAppserviceRoutes } from "../apis/appservice/routes.js";
import { matrixErrorBody } from "../apis/appservice/errors.js";
import { createControlServer } from "../apis/control/server.js";
import { createHealthRoutes } from "../apis/health/routes.js";
import type { Config, Registration } from "../config/config.js";
import type { KeyRotation } from "../core/ports/key-rotation.js";
import { createListener, type Listener } from "../http/listener.js";
import type { Route } from "../http/route.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { createAliasRooms } from "./alias-rooms.js";
import { createListenerRoutes, type ListenerSources } from "./listener-routes.js";
import type { Parts } from "./parts.js";
import { readVersion } from "./read-version.js";

interface ServersOptions {
  readonly config: Config;
  readonly registration: Registration;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly parts: Parts;
  readonly keyRotation: KeyRotation;
}

export interface Servers {
  /** @throws ConfigError when an address cannot be used; what listens already is closed again */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything that listens: the configured listeners, the appservice port, and the command line's socket. */
export function createServers(options: ServersOptions): Servers {
  const { config, log, clock, random, parts, keyRotation } = options;
  let isReady = false;
  const common = { log: log.child({ module: "http" }), clock, random };
  const isReadyNow = (): boolean => isReady;
  const sources: ListenerSources = {
    ...parts,
    ...{
      clock,
      random,
      log,
      areMetricsOn: config.metrics.enabled,
      maxDevinfoBytes: config.devinfo.maxBodyBytes,
      areRemotesHeard: config.registry.chat,
      isReady: isReadyNow,
      version: readVersion(),
    },
  };
  const listeners: Listener[] = [
    createControlServer({
      ...{ ...common, storagePath: config.storage.path, desk: parts.desk, tokens: parts.tokens, keyRotation },
      ...{ devinfo: parts.devinfo.desk, devinfoAccess: parts.devinfo.access, devinfoForwards: parts.devinfo.forwards },
    }),
    createListener({
      ...common,
      bindAddress: config.bridge.bindAddress,
      port: config.bridge.port,
      routes: [...createHealthRoutes(isReadyNow), ...appserviceRoutes(options)],
      errorBody: matrixErrorBody,
      configKey: "bridge.port",
    }),
    ...config.listeners.map((listener, position) =>
      createListener({
        ...common,
        bindAddress: listener.bindAddress,
        port: listener.port,
        prefix: listener.prefix,
        routes: createListenerRoutes(listener, sources),
        configKey: `listeners.${position}`,
      }),
    ),
  ];
  return {
    async start() {
      try {
        for (const listener of listeners) await listener.start();
      } catch (error) {
        await stopAll(listeners);
        throw error;
      }
      isReady = true;
    },
    async stop() {
      isReady = false;
      await stopAll(listeners);
    },
  };
}

async function stopAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.stop()));
}

function appserviceRoutes({ config, registration, log, clock, parts }: ServersOptions): readonly Route[] {
  return createAppserviceRoutes({
    hsToken: registration.hsToken,
    isOurUser: (userId) => parts.bots.get(userId) !== undefined,
    openRoom: createAliasRooms({
      services: parts.services,
      domain: config.bridge.domain,
      namespaces: registration.namespaces.aliases.map(({ regex }) => new RegExp(regex)),
      isAsking: (alias) => parts.isAsking(alias),
      clock,
      log: log.child({ module: "rooms" }),
    }),
    intake: parts.intake,
    metrics: parts.metrics,
    log: log.child({ module: "appservice" }),
  });
}
