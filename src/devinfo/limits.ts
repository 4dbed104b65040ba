/** How much is done at once. */
export interface EngineLimits {
  /** Of JSON and indexes in one batch, in characters, about. A larger batch would hold up the small ones of webhooks too long. */
  readonly sliceSize: number;
  /** Entities that are deleted in the batch of the delete itself; more of them are deleted by a mark, and cleaned away behind. */
  readonly deletedAtOnce: number;
  /** Entities that are cleaned away in one batch. */
  readonly cleanedAtOnce: number;
}

export const usualLimits: EngineLimits = { sliceSize: 2 * 1_048_576, deletedAtOnce: 1_000, cleanedAtOnce: 500 };

/** Issues that entities name, for each entity that may go into a batch of deletes: each is an entry of its own to be deleted. */
export const issuesPerEntity = 10;
