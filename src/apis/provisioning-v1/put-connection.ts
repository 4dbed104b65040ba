import { roomIdSchema } from "../../http/matrix-parameters.js";
import { createOperation } from "../../http/operation.js";
import type { JsonSchema, Route } from "../../http/route.js";
import { maxConfigBytes, requireObject } from "./config-body.js";
import { tellingConflict } from "./conflict.js";
import { toWrittenItem } from "./item.js";
import type { ProvisionedKinds } from "./kinds.js";
import type { ProvisioningParts } from "./parts.js";
import { configExample, eventTypeSchema, userQuery, writtenItemSchema } from "./schema.js";

export function createPutConnection(parts: ProvisioningParts): Route {
  const { guarded, kinds, operations, turns, log } = parts;
  return createOperation({
    ...guarded,
    method: "PUT",
    path: "/v1/:roomId/connections/:connection",
    summary: "Connects a room.",
    description:
      "Where the room is connected to the same already, the configuration of that connection is replaced: it keeps its `id` and its secrets, and keys that are not sent have their defaults again.",
    params: { roomId: roomIdSchema, connection: eventTypeSchema },
    query: userQuery,
    body: { schema: configsSchema(kinds), maxBytes: maxConfigBytes },
    answer: { description: "The connection, made or replaced.", schema: writtenItemSchema },
    refusals: {
      400: "A parameter or the configuration does not fit, the type cannot be provisioned or its service is off, or something has to be done at the remote first.",
      403: "The token is not for this API; the bot or the person is not in the room or has not the power; or the person has not the right, by the configuration or at the remote.",
      404: "The type is not known.",
      409: "The room has a connection that is in the way.",
      502: "The homeserver or the remote failed, or it took too long.",
    },
    async handle({ params: { roomId, connection: eventType }, query: { userId: actor }, body, caller }) {
      const deadline = turns.deadline();
      const known = kinds.forType(eventType);
      const { active: service, kind } = known;
      return turns.change(roomId, deadline, async (begin) => {
        const access = await operations.checkAccess({ roomId, actor, service, eventType: kind.stateTypes[0] });
        const config = requireObject(body);
        begin();
        const change = operations.provision({ roomId, actor, service, kindId: kind.id, config, access, deadline });
        const result = await tellingConflict(parts, { roomId, bot: access.bot }, change);
        log.info({ caller: caller.name, roomId, actor, connectionId: result.connection.id }, "A program connected a room");
        return toWrittenItem(known, result, access.bot);
      });
    },
  });
}

/** The very schemas by which the connections' state is checked. */
function configsSchema({ listed }: ProvisionedKinds): JsonSchema {
  const choices = [...listed.values()].map(({ kind }) => ({ title: `${kind.title} (${kind.stateTypes[0]})`, allOf: [kind.stateSchema] }));
  return {
    description: "The configuration, by the connection's type.",
    examples: [configExample],
    ...(choices.length === 0 ? { type: "object" } : { anyOf: choices }),
  };
}
