import { NotFoundError } from "../../core/errors.js";
import { roomIdSchema } from "../../http/matrix-parameters.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { listProvisioned } from "./find-connection.js";
import { botsOf, toItem } from "./item.js";
import type { ProvisioningParts } from "./parts.js";
import { connectionIdSchema, itemSchema, userQuery } from "./schema.js";

export function createGetConnection(parts: ProvisioningParts): Route {
  const { guarded, operations, turns } = parts;
  return createOperation({
    ...guarded,
    method: "GET",
    path: "/v1/:roomId/connections/:connection",
    summary: "Shows one connection of a room.",
    params: { roomId: roomIdSchema, connection: connectionIdSchema },
    query: userQuery,
    answer: { description: "The connection.", schema: itemSchema },
    refusals: {
      403: "The token is not for this API, or the bot or the person is not in the room.",
      404: "The room has no such connection.",
      502: "The homeserver failed, or it took too long.",
    },
    handle: ({ params: { roomId, connection: id }, query: { userId: actor } }) =>
      turns.read(roomId, async () => {
        const { bot } = await operations.checkAccess({ roomId, actor });
        const [known, connection] = (await listProvisioned(parts, roomId)).find(([, each]) => each.id === id) ?? [];
        if (known === undefined || connection === undefined) throw new NotFoundError("Connection does not exist");
        return toItem(known, connection, (await botsOf(parts, roomId, bot))(known));
      }),
  });
}
