import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { StorageError } from "../core/errors.js";
import type { DevinfoForward } from "../core/ports/devinfo-forward-store.js";
import { retryDelayMs } from "../delivery/retry-policy.js";
import { stopped, StopSignal } from "../delivery/stop-signal.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { CopiedRequest } from "./copied-requests.js";
import type { ForwardQueue } from "./forward-queue.js";
import type { ForwardSite, SiteVerdict } from "./forward-site.js";

interface ForwardWorkerOptions {
  readonly queue: ForwardQueue;
  readonly site: Pick<ForwardSite, "send">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The last failure of a try. */
export interface ForwardFailure {
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const decompress = promisify(gunzip);

/** A site that wants more is asked again all the same. */
const longestAskedDelayMs = 3_600_000;
/** Nothing tells of what was stored although its commit seemed to fail. */
const idleLookMs = 60_000;
const storeRetryMs = 1_000;
/** While a site is away. */
const toldEveryMs = 3_600_000;

/** Sends what waits for one site, one after the other: what cannot be sent now holds up what lies behind it, what never can does not. */
export class ForwardWorker {
  readonly #options: ForwardWorkerOptions;
  readonly #stop = new StopSignal();
  #running: Promise<void> | undefined;
  /** Ends the pause, where there is one. */
  #goOn = (): void => undefined;
  #isIdle = false;
  #isWoken = false;
  #attempts = 0;
  #failure: ForwardFailure | undefined;
  #toldAt = 0;

  constructor(options: ForwardWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Waits for no answer: what is on its way is sent again after the next start. */
  async stop(): Promise<void> {
    this.#stop.give();
    this.#goOn();
    await this.#running;
  }

  /** Something may be stored. A site that is away is not asked sooner for it. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isIdle) this.#goOn();
  }

  /** Tries at once, whatever it waits for: what it failed with may be gone. */
  tryNow(): void {
    this.#isWoken = true;
    this.#goOn();
  }

  /** Present while the site does not take what waits. */
  get failure(): ForwardFailure | undefined {
    return this.#failure;
  }

  async #run(): Promise<void> {
    while (!this.#stop.isGiven) {
      this.#isWoken = false;
      const pauseMs = await this.#turn();
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  /** @returns for how long to wait, if at all */
  async #turn(): Promise<number> {
    const { queue, log } = this.#options;
    try {
      const forward = await queue.next();
      this.#isIdle = forward === undefined;
      if (forward !== undefined) return await this.#send(forward);
      if (this.#isWoken) return 0;
      return idleLookMs;
    } catch (error) {
      this.#isIdle = false;
      log.error({ error, url: queue.target.url }, "Copies of development information cannot be sent on");
      return storeRetryMs;
    }
  }

  async #pause(pauseMs: number): Promise<void> {
    const { clock, queue } = this.#options;
    if (this.#stop.isGiven || (this.#isIdle && this.#isWoken)) return;
    const isOver = await new Promise<boolean>((resolve) => {
      const callOff = clock.after(pauseMs, () => {
        resolve(true);
      });
      this.#goOn = () => {
        callOff();
        resolve(false);
      };
    });
    this.#goOn = () => undefined;
    if (isOver && this.#isIdle) queue.lookAgain();
  }

  async #send(forward: DevinfoForward): Promise<number> {
    const request = await this.#read(forward);
    if (request === undefined) return this.#bury(forward, "its body cannot be read from the data folder");
    const verdict = await this.#stop.unlessGiven(this.#options.site.send(request));
    if (verdict === stopped) return 0;
    switch (verdict.kind) {
      case "taken":
        return this.#taken(forward, verdict);
      case "refused":
        return this.#bury(forward, verdict.reason);
      case "later":
        return this.#later(forward, verdict);
    }
  }

  /** @returns undefined where the body is damaged or gone */
  async #read(forward: DevinfoForward): Promise<CopiedRequest | undefined> {
    const { request } = forward;
    if (request.kind === "delete") return request;
    const stored = await this.#options.queue.readBody(forward);
    if (stored === undefined) return undefined;
    try {
      return { kind: "bulk", body: await decompress(stored, { maxOutputLength: Math.max(request.bodyBytes, 1) }) };
    } catch {
      return undefined;
    }
  }

  async #taken(forward: DevinfoForward, { notTaken }: Extract<SiteVerdict, { kind: "taken" }>): Promise<number> {
    const { queue, log } = this.#options;
    const { url } = queue.target;
    const { place: id, provider } = forward;
    if (notTaken !== undefined)
      log.warn({ url, id, provider, ...notTaken }, "A site did not take all of a copy of development information");
    if (this.#attempts > 0) log.info({ url, waiting: queue.backlog.waiting.count }, "A site takes copies of development information again");
    this.#settled();
    return this.#store(() => queue.done(forward));
  }

  async #bury(forward: DevinfoForward, reason: string): Promise<number> {
    const { queue, log } = this.#options;
    const { place: id, provider } = forward;
    this.#settled();
    const pauseMs = await this.#store(() => queue.bury(forward, reason));
    const dead = queue.backlog.dead.count;
    log.warn({ url: queue.target.url, id, provider, reason, dead }, "A site refused a copy of development information for good");
    return pauseMs;
  }

  #later({ place: id, provider }: DevinfoForward, { reason, retryAfterMs = 0 }: Extract<SiteVerdict, { kind: "later" }>): number {
    const { queue, clock, random, log } = this.#options;
    const at = clock.now();
    const isTold = this.#failure?.reason === reason && at - this.#toldAt < toldEveryMs;
    this.#failure = { reason, at };
    this.#attempts += 1;
    if (!isTold) {
      this.#toldAt = at;
      const waiting = queue.backlog.waiting.count;
      log.warn({ url: queue.target.url, id, provider, reason, waiting }, "A site does not take copies of development information now");
    }
    return Math.max(retryDelayMs(this.#attempts, random.fraction()), Math.min(retryAfterMs, longestAskedDelayMs));
  }

  #settled(): void {
    this.#attempts = 0;
    this.#failure = undefined;
  }

  /** What the site has it must not get again and again, so this is tried until the disk takes it. */
  async #store(change: () => Promise<void>): Promise<number> {
    const { queue, clock, log } = this.#options;
    while (!this.#stop.isGiven) {
      try {
        await change();
        return 0;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        log.error({ error, url: queue.target.url }, "The end of a copy of development information could not be stored");
        await this.#stop.unlessGiven(new Promise<void>((resolve) => void clock.after(storeRetryMs, resolve)));
      }
    }
    return 0;
  }
}
