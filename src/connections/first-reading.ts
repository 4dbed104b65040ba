import type { RoomId, UserId } from "../core/ids.js";
import { backoffMs } from "./backoff.js";
import { readKnownRooms } from "./joined-rooms.js";
import type { Pauses } from "./pauses.js";
import { storeMark, type ReadingMark } from "./reading-mark.js";
import type { RoomReaderOptions } from "./room-reader-options.js";
import type { RoomVisits } from "./room-visits.js";

const defaultReadsAtOnce = 16;
/** As often as Hookshot tries (reference 8.1); the first reading must end, because everything from the remotes is kept until then. */
const roundsForFailingRooms = 5;
const roundBackoff = { firstMs: 1_000, longestMs: 30_000 };

type Room = readonly [RoomId, readonly UserId[]];

/**
 * Reads all rooms, many at once. After a kill it goes on with the rooms that were not read yet.
 * @returns rooms that kept failing while the homeserver answered otherwise; undefined when stopped
 */
export async function readAllRooms(
  options: RoomReaderOptions,
  mark: ReadingMark,
  visits: RoomVisits,
  pauses: Pauses,
): Promise<readonly Room[] | undefined> {
  const known = await readKnownRooms(options);
  const joined = await visits.joinedRooms();
  if (joined === undefined) return undefined;
  await visits.forgetLeft(known, joined);
  const reported = new Set<RoomId>();
  let left: readonly Room[] = [...joined.rooms];
  for (let round = 0; left.length > 0 && round < roundsForFailingRooms && !pauses.isStopped; round += 1) {
    if (round > 0) await pauses.wait(backoffMs(round - 1, roundBackoff, options.random));
    left = await readRound(options, left, mark, visits, reported);
  }
  if (pauses.isStopped) return undefined;
  await reportOthers(options, mark, reported);
  // Before the mark: a start that finds it gives nobody what was kept any more.
  await options.onFirstReadingDone();
  await options.unitOfWork.commit([storeMark(options.marks, { ...mark, isDone: true })]);
  return left;
}

/** @returns the rooms that failed */
async function readRound(
  options: RoomReaderOptions,
  rooms: readonly Room[],
  mark: ReadingMark,
  visits: RoomVisits,
  reported: Set<RoomId>,
): Promise<readonly Room[]> {
  const failed: Room[] = [];
  const waiting = rooms.values();
  const work = async (): Promise<void> => {
    for (const room of waiting) {
      const [roomId, bots] = room;
      const outcome = await visits.visit(roomId, bots, mark.begunAt, async () => {
        await options.onRoomsRead([roomId]);
        reported.add(roomId);
      });
      if (outcome === "failed") failed.push(room);
    }
  };
  await Promise.all(Array.from({ length: options.readsAtOnce ?? defaultReadsAtOnce }, work));
  return failed;
}

/** Rooms that a bot joined in the meantime were read when it joined. */
async function reportOthers(options: RoomReaderOptions, { begunAt }: ReadingMark, reported: ReadonlySet<RoomId>): Promise<void> {
  for (const [roomId, readAt] of await readKnownRooms(options)) {
    if (readAt === undefined || readAt < begunAt || reported.has(roomId)) continue;
    await options.queue.run(roomId, async () => options.onRoomsRead([roomId]));
  }
}
