import type { DevinfoEcho } from "../core/ports/devinfo.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

export type DevinfoEvents = NonNullable<DevinfoEcho["events"]>;

/**
 * Writes changes, and sends events on their way to rooms, in one synced batch; batches are written in the order of the calls.
 * @throws StorageError when the disk does not take it
 */
export type DevinfoCommit = (changes: readonly StoreChange[], events?: DevinfoEvents) => Promise<void>;
