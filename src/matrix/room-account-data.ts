import type { RoomAccountData } from "../core/ports/rooms.js";
import { unlessMissing } from "./calls.js";
import { toContent } from "./room-event.js";
import type { SdkClients } from "./sdk.js";

/** Account data of our users in rooms, through the Matrix SDK. */
export function createRoomAccountData(clients: SdkClients): RoomAccountData {
  return {
    async get(roomId, type, as) {
      const content: unknown = await unlessMissing(
        clients.run("getRoomAccountData", as, (client): Promise<unknown> => client.getRoomAccountData(type, roomId)),
      );
      return toContent(content);
    },
    async set(roomId, type, content, as) {
      await clients.run("setRoomAccountData", as, (client): Promise<unknown> => client.setRoomAccountData(type, roomId, content));
    },
  };
}
