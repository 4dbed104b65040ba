import { RemoteError } from "../core/errors.js";
import type { BotDirectory } from "../core/bots.js";
import type { Matrix } from "../matrix/matrix.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";

interface HomeserverLinkOptions {
  readonly matrix: { readonly botAccount: Pick<Matrix["botAccount"], "registerBot" | "ping" | "syncProfile"> };
  readonly bots: BotDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onReachable: (isReachable: boolean) => void;
  /** It was found at our start, and sends again if it had given us up. */
  readonly onLinked: () => void;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
const complainEveryMs = 60_000;
/** The pauses between tries to be pinged. */
const pingPausesMs = [250, 500, 1_000, 2_000, 4_000];

/**
 * Makes our accounts ready at the homeserver, behind what is served already: webhooks and transactions are taken whether it answers or not.
 * It asks the homeserver to ping us, at start and after each outage: a homeserver that found us silent waits before it sends again,
 * and a ping ends that.
 */
export class HomeserverLink {
  readonly #options: HomeserverLinkOptions;
  #isStopped = false;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(options: HomeserverLinkOptions) {
    this.#options = options;
  }

  /** Tries until it succeeds or is stopped. Never rejects. */
  async start(): Promise<void> {
    for (let delayMs = firstDelayMs; !this.#isStopped; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
      try {
        await this.#link();
        return;
      } catch (error) {
        this.#complain(error);
        await sleep(this.#options.clock, delayMs);
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Asks for what the homeserver holds back for us. Repeated where it fails, because the homeserver may have tried a connection from before our
   * start (Synapse repeats no POST on it) and would then wait minutes. Failing is harmless otherwise: it comes by itself, later.
   */
  async ping(): Promise<void> {
    let failure = await this.#tryPing();
    for (const pauseMs of pingPausesMs) {
      if (failure === undefined) return;
      await sleep(this.#options.clock, pauseMs);
      if (this.#isStopped) return;
      failure = await this.#tryPing();
    }
    if (failure !== undefined) this.#tellUnpinged(failure.error);
  }

  /** @returns what failed; undefined when the homeserver pinged us */
  async #tryPing(): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#options.matrix.botAccount.ping(`ping-${this.#options.random.token(12)}`);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #tellUnpinged(error: unknown): void {
    const isUnreachable = error instanceof RemoteError && error.remoteCode === "M_CONNECTION_FAILED";
    const message = isUnreachable
      ? "The homeserver cannot reach us. Check `url` in the registration file against bridge.port and bridge.bindAddress"
      : "The homeserver did not ping us";
    this.#options.log.warn({ error }, message);
  }

  async #link(): Promise<void> {
    const { matrix, bots, log } = this.#options;
    for (const bot of bots.all) await matrix.botAccount.registerBot(bot);
    this.#options.onReachable(true);
    this.#options.onLinked();
    const pinged = this.ping();
    for (const bot of bots.all) {
      await matrix.botAccount.syncProfile(bot).catch((error: unknown) => {
        log.warn({ error, bot: bot.userId }, "The bot's profile could not be set");
      });
    }
    await pinged;
  }

  #complain(error: unknown): void {
    this.#options.onReachable(false);
    const now = this.#options.clock.now();
    if (now - this.#complainedAt < complainEveryMs) return;
    this.#complainedAt = now;
    this.#options.log.error({ error }, sentenceFor(error));
  }
}

function sentenceFor(error: unknown): string {
  if (error instanceof RemoteError && error.status === 401) {
    return "The homeserver refuses our token. Check as_token in the registration file, and that the homeserver has read that file; trying on";
  }
  return "The homeserver cannot be used yet; webhooks are taken and wait. Check bridge.url if this goes on; trying on";
}
