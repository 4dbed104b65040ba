import { isEventId, isUserId } from "../core/ids.js";
import type { RoomState } from "../core/ports/rooms.js";
import { unlessMissing } from "./calls.js";
import { unreadableAnswer } from "./homeserver-errors.js";
import { toContent, toMatrixEvent, toStateEvents } from "./room-event.js";
import type { SdkClients } from "./sdk.js";

/** Room state through the Matrix SDK. Its answers are typed `any`, so each is read as unknown and checked here. */
export function createRoomState(clients: SdkClients): RoomState {
  return {
    async readAll(roomId, as) {
      const events: unknown = await clients.run("getRoomState", as, (client) => client.getRoomState(roomId));
      if (!Array.isArray(events)) throw unreadableAnswer("list of state events");
      return toStateEvents(events, roomId);
    },
    async read(roomId, type, stateKey, as) {
      const content: unknown = await unlessMissing(
        clients.run("getRoomStateEvent", as, (client): Promise<unknown> => client.getRoomStateEvent(roomId, type, stateKey)),
      );
      return toContent(content);
    },
    async set(roomId, type, stateKey, content, as) {
      const eventId: unknown = await clients.run("sendStateEvent", as, (client) => client.sendStateEvent(roomId, type, stateKey, content));
      if (!isEventId(eventId)) throw unreadableAnswer("event id");
      return eventId;
    },
    async readEvent(roomId, eventId, as) {
      const event: unknown = await unlessMissing(
        clients.run("getRawEvent", as, (client): Promise<unknown> => client.getRawEvent(roomId, eventId)),
      );
      return event === undefined ? undefined : toMatrixEvent(event, roomId);
    },
    async redact(roomId, eventId, reason, as) {
      await clients.run("redactEvent", as, (client) => client.redactEvent(roomId, eventId, reason));
    },
    async joinedMembers(roomId, as) {
      const members = await clients.run("getJoinedRoomMembers", as, (client) => client.getJoinedRoomMembers(roomId));
      return members.filter(isUserId);
    },
  };
}
