import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ServiceLog } from "../core/service-context.js";
import type { Clock } from "../shared/clock.js";
import type { LoginTickets } from "./login-parts.js";

interface TicketSweepOptions {
  readonly tickets: LoginTickets;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: ServiceLog;
}

const intervalMs = 60_000;

/** Removes tickets that have ended. Nobody can use them any more: what is done here is tidying. */
export class TicketSweep {
  readonly #options: TicketSweepOptions;
  #callOff: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: TicketSweepOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#callOff = this.#options.clock.after(intervalMs, () => {
      this.#running = this.#sweep().finally(() => {
        this.start();
      });
    });
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff?.();
    await this.#running;
  }

  async #sweep(): Promise<void> {
    const { tickets, clock, log } = this.#options;
    try {
      await this.#sweepWith(() => tickets.begun.removeEnded(clock.now()));
      await this.#sweepWith(() => tickets.undoable.removeEnded(clock.now()));
    } catch (error) {
      log.error({ error }, "What is left of logins in the browser could not be removed from the data folder");
    }
  }

  async #sweepWith(slice: () => Promise<readonly StoreChange[]>): Promise<void> {
    for (let changes = await slice(); changes.length > 0 && !this.#isStopped; changes = await slice()) {
      await this.#options.unitOfWork.commit(changes);
    }
  }
}
