/** How fast it goes on; tests do not wait. */
export interface OctokitPace {
  /** Before a read that failed is tried again. */
  readonly retryPauseMs: number;
  /** Leaves the pauses between changes that GitHub asks for (a second; "Best practices for using the REST API"). */
  readonly isSpaced: boolean;
}

export const usualPace: OctokitPace = { retryPauseMs: 1_000, isSpaced: true };
