import { roomIdSchema } from "../../http/matrix-parameters.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { listProvisioned } from "./find-connection.js";
import { botsOf, toItem } from "./item.js";
import type { ProvisioningParts } from "./parts.js";
import { itemsSchema, userQuery } from "./schema.js";

export function createListConnections(parts: ProvisioningParts): Route {
  const { guarded, operations, turns } = parts;
  return createOperation({
    ...guarded,
    method: "GET",
    path: "/v1/:roomId/connections",
    summary: "Lists what a room is connected to.",
    params: { roomId: roomIdSchema },
    query: userQuery,
    answer: { description: "The active connections of the types that can be provisioned.", schema: itemsSchema },
    refusals: {
      403: "The token is not for this API, or the bot or the person is not in the room.",
      502: "The homeserver failed, or it took too long.",
    },
    handle: ({ params: { roomId }, query: { userId: actor } }) =>
      turns.read(roomId, async () => {
        const { bot } = await operations.checkAccess({ roomId, actor });
        const botOf = await botsOf(parts, roomId, bot);
        return (await listProvisioned(parts, roomId)).map(([known, connection]) => toItem(known, connection, botOf(known)));
      }),
  });
}
