import type { Connection } from "../core/connection.js";
import { isStateEvent, type MatrixEvent } from "../core/matrix-event.js";
import type { RoomListener } from "../core/room-listener.js";
import type { ActiveService } from "../core/service.js";

/** What listens at the connections of one kind. */
export interface KnownListener {
  readonly active: ActiveService;
  readonly listener: RoomListener<unknown>;
}

/** Finds what listens at a connection; undefined when its kind has no listener or its service is not enabled. */
export type FindListener = (connection: Pick<Connection, "serviceId" | "kindId">) => KnownListener | undefined;

export function createListenerIndex(services: readonly ActiveService[]): FindListener {
  const byService = new Map(
    services.map((active) => {
      const kinds = active.service.kinds.flatMap(({ id, listener }) =>
        listener === undefined ? [] : [[id, { active, listener }] as const],
      );
      return [active.service.id, new Map<string, KnownListener>(kinds)] as const;
    }),
  );
  return ({ serviceId, kindId }) => byService.get(serviceId)?.get(kindId);
}

/** State is no event that connections hear, and nobody hears what is encrypted. What our users sent is sorted out elsewhere. */
export function canBeHeard(event: MatrixEvent): boolean {
  return !isStateEvent(event) && event.type !== "m.room.encrypted";
}
