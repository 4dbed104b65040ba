import { createHash } from "node:crypto";
import type { DeliveryId } from "../core/ids.js";
import type { SeenStore } from "../core/ports/delivery-stores.js";
import type { Announcer, Reply } from "../core/ports/room-work.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { IdSource } from "./id-source.js";
import { KeyedMutex } from "./keyed-mutex.js";
import type { Outbox } from "./outbox.js";

interface AnnouncerOptions {
  readonly outbox: Outbox;
  readonly seen: SeenStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: IdSource;
  readonly clock: Clock;
}

const rememberMs = 7 * 24 * 3_600_000;

/** Lets the bot speak of its own accord, through the outbox like everything else; an occasion is told once. */
export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { outbox, seen, unitOfWork, ids, clock } = options;
  const turns = new KeyedMutex();

  async function announceOnce(key: string, about: string, reply: Reply): Promise<void> {
    const now = clock.now();
    if ((await seen.find(key, now)) !== undefined) return;
    const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
    const prepared = outbox.prepare([
      {
        // The cast: here is where the ids of notices come from.
        id: `${ids.next()}.n${hash}` as DeliveryId,
        roomId: reply.roomId,
        sender: reply.sender,
        ...(reply.ghost === undefined ? {} : { ghost: reply.ghost }),
        source: { kind: "notice", about },
        messages: [reply.message],
        acceptedAt: now,
      },
    ]);
    await unitOfWork.commit([...seen.mark(key, "1", now, rememberMs), ...prepared.changes]);
    prepared.release();
  }

  return {
    // One after the other: the second of two that come together must find the first one's mark.
    announce(about, reply) {
      const key = `say|${reply.roomId}|${about}`;
      return turns.run(key, () => announceOnce(key, about, reply));
    },
  };
}
