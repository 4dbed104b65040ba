import { sleep, systemClock } from "../shared/clock.js";
import { systemRandom } from "../shared/random.js";
import type { AppOptions } from "./app-options.js";
import { describeListeners } from "./log-lines.js";
import { openSealedStorage } from "./open-sealed-storage.js";
import { createParts } from "./parts.js";
import { createServers } from "./servers.js";

/** What is under way gets this long; cutting connections takes up to two seconds more. */
const longestStopMs = 6_000;
/** Of that, requests that are being served get this long for themselves: some wait for what only the homeserver or a remote can bring. */
const longestServingMs = 2_000;

/** The running product; tests use the same handle. */
export interface App {
  /**
   * Takes webhooks and transactions when it resolves, whether the homeserver answers or not.
   * @throws ConfigError, StorageError: one sentence that names the file or key to change
   */
  start(): Promise<void>;
  /** Ends what is being sent, within 8 seconds; the rest waits in the data folder. */
  stop(): Promise<void>;
}

/**
 * Opens the data folder and joins everything; nothing is served and nobody is asked before `start`.
 * @throws ConfigError, StorageError
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock, random = systemRandom } = options;
  const { storage, sealer, keyRotation } = await openSealedStorage(config, { clock, random, log });
  const parts = await createParts({ ...options, clock, random, storage, sealer }).catch(async (error: unknown) => {
    await storage.close();
    throw error;
  });
  const servers = createServers({ ...options, clock, random, parts, keyRotation });

  async function stopAll(): Promise<void> {
    const served = servers.stop();
    await Promise.race([served, sleep(clock, longestServingMs)]);
    parts.endWaiting();
    await Promise.all([served, parts.stop()]);
  }

  return {
    async start() {
      await parts.start();
      await servers.start();
      parts.startBehind();
      log.child({ module: "start" }).info(describeListeners(config));
    },
    async stop() {
      await Promise.race([stopAll(), sleep(clock, longestStopMs)]);
      await parts.disconnect();
      await storage.close();
    },
  };
}
