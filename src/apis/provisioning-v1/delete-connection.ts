import { roomIdSchema } from "../../http/matrix-parameters.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { findChangeable } from "./change-connection.js";
import type { ProvisioningParts } from "./parts.js";
import { connectionIdSchema, okSchema, userQuery } from "./schema.js";

const unsupported = "Connection does not support removal";

export function createDeleteConnection(parts: ProvisioningParts): Route {
  const { guarded, operations, turns, log } = parts;
  return createOperation({
    ...guarded,
    method: "DELETE",
    path: "/v1/:roomId/connections/:connection",
    summary: "Ends a connection.",
    params: { roomId: roomIdSchema, connection: connectionIdSchema },
    query: userQuery,
    answer: { description: "It has ended.", schema: okSchema },
    refusals: {
      400: "A parameter does not fit, or the connection cannot be ended.",
      403: "The token is not for this API; the bot or the person is not in the room or has not the power; or the person has not the right by the configuration.",
      404: "The room has no such connection.",
      502: "The homeserver failed, or it took too long.",
    },
    handle: ({ params: { roomId, connection: id }, query: { userId: actor }, caller }) =>
      turns.change(roomId, turns.deadline(), async (begin) => {
        const { connection, access } = await findChangeable(parts, { roomId, actor, id, unsupported });
        begin();
        await operations.disconnect({ roomId, actor, connection, write: "disabled", access });
        log.info({ caller: caller.name, roomId, actor, connectionId: connection.id }, "A program ended a connection");
        return { ok: true };
      }),
  });
}
