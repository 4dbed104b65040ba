/** How fast it goes on; tests do not wait. */
export interface OctokitPace {
  /** Before a read that failed is tried again. */
  readonly retryPauseMs: number;
  /**
   * Leaves the pauses between changes that github.com asks for (a second; "Best practices for using the REST API"). Enterprise Servers have no
   * such limits unless their administrators set some, and then they say so.
   */
  readonly isSpaced: boolean;
}

export const usualPace: OctokitPace = { retryPauseMs: 1_000, isSpaced: true };
