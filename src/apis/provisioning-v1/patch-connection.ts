import { roomIdSchema } from "../../http/matrix-parameters.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { findChangeable } from "./change-connection.js";
import { maxConfigBytes, requireObject } from "./config-body.js";
import { tellingConflict } from "./conflict.js";
import { toWrittenItem } from "./item.js";
import type { ProvisioningParts } from "./parts.js";
import { connectionIdSchema, patchSchema, userQuery, writtenItemSchema } from "./schema.js";

const unsupported = "Connection type does not support updates";

export function createPatchConnection(parts: ProvisioningParts): Route {
  const { guarded, operations, turns, log } = parts;
  return createOperation({
    ...guarded,
    method: "PATCH",
    path: "/v1/:roomId/connections/:connection",
    summary: "Changes the configuration of a connection.",
    params: { roomId: roomIdSchema, connection: connectionIdSchema },
    query: userQuery,
    body: { schema: patchSchema, maxBytes: maxConfigBytes },
    answer: { description: "The connection, changed.", schema: writtenItemSchema },
    refusals: {
      400: "A parameter or the configuration does not fit, or the connection cannot be changed.",
      403: "The token is not for this API; the bot or the person is not in the room or has not the power; or the person has not the right, by the configuration or at the remote.",
      404: "The room has no such connection.",
      409: "The room has a connection that is in the way.",
      502: "The homeserver or the remote failed, or it took too long.",
    },
    async handle({ params: { roomId, connection: id }, query: { userId: actor }, body, caller }) {
      const deadline = turns.deadline();
      return turns.change(roomId, deadline, async (begin) => {
        const { known, connection, access } = await findChangeable(parts, { roomId, actor, id, unsupported });
        const patch = requireObject(body);
        begin();
        const change = operations.update({ roomId, actor, access, deadline, connection: connection.id, patch });
        const result = await tellingConflict(parts, { roomId, bot: access.bot }, change);
        log.info({ caller: caller.name, roomId, actor, connectionId: connection.id }, "A program changed a connection");
        return toWrittenItem(known, result, access.bot);
      });
    },
  });
}
