import type { ServiceContext } from "./service-context.js";

/** Something a service does by the clock: looking at what is due, asking a remote for news. What it says goes through `context.emit`. */
export interface ServiceTask<Config> {
  /** For the log. */
  readonly name: string;
  /**
   * Never runs twice at once; the first run comes soon after the start. What it throws is logged, and it runs again after a pause that grows.
   * @returns milliseconds until the next run
   */
  run(context: ServiceContext<Config>): Promise<number>;
}
