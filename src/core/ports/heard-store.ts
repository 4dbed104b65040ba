import type { RoomId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/** What rooms heard of, so that they do not hear it again from somebody else. Forgotten after 90 days at the earliest. */
export interface HeardStore {
  /**
   * What was noted of those of which the room heard. Called in the room's turn.
   * @param names of one form and length, without blanks
   */
  find(roomId: RoomId, names: readonly string[], nowMs: number): Promise<ReadonlyMap<string, string>>;
  /** Notes it, in place of what was noted before. */
  put(roomId: RoomId, heard: ReadonlyMap<string, string>, nowMs: number): readonly StoreChange[];
  /** Removes a part of what is over, whatever room it is of. Costs what it removes. */
  removeOver(nowMs: number, limit: number): Promise<readonly StoreChange[]>;
}
