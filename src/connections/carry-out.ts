import type { Intention } from "../core/ports/intention-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ConnectionContext } from "./dependencies.js";
import { settleAfterFailure } from "./settle-changes.js";

/**
 * Carries a change out: what is intended is stored before the first effect, so that a change that is interrupted is finished or undone.
 * @param change makes the effects; the last of them is a batch of the store, into which the change that it is given belongs
 * @throws StorageError; whatever `change` throws
 */
export async function carryOut<T>(context: ConnectionContext, intention: Intention, change: (end: StoreChange) => Promise<T>): Promise<T> {
  await begin(context, intention);
  try {
    const result = await change(context.intentions.end(intention));
    await context.intentions.ended(intention);
    return result;
  } catch (error) {
    await settleAfterFailure(context, intention.roomId);
    throw error;
  }
}

async function begin(context: ConnectionContext, intention: Intention): Promise<void> {
  const change = await context.intentions.begin(intention);
  try {
    await context.index.apply({ also: [change] });
  } catch (error) {
    // Nothing was stored, and nothing was done.
    await context.intentions.ended(intention);
    throw error;
  }
}
