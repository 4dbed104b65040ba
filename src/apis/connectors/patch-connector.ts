import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { notUnique, UnfitFieldsError } from "./errors.js";
import { idParams, maxBodyBytes, noSuchConnector, readId, type ConnectorsParts } from "./parts.js";
import { readBody } from "./read-body.js";
import { readConnector } from "./read-connector.js";
import { connectorSchema, patchSchema } from "./schema.js";
import { showConnector } from "./show-connector.js";

export function createPatchConnector({ editing, connectors, log }: ConnectorsParts): Route {
  return createOperation({
    ...editing,
    method: "PATCH",
    path: "/api/v2/connectors/issue-tracker/:id",
    summary: "Changes a connector.",
    description: "The tracker is not asked for anything.",
    params: idParams,
    body: { schema: patchSchema, maxBytes: maxBodyBytes, read: readBody },
    answer: { description: "The connector as it is now.", schema: connectorSchema },
    refusals: {
      400: "The body does not fit, or the connector would not; all that is wrong is told at once.",
      404: "There is no such connector.",
      415: "The body is no JSON by its type.",
    },
    async handle({ params: { id }, body, caller }) {
      const outcome = await connectors.change(readId(id), (before) => readConnector(body, { connectors, before, isNameUnique: true }));
      if (outcome.kind === "unknown") throw noSuchConnector();
      if (outcome.kind === "name taken") throw new UnfitFieldsError({ name: [notUnique] });
      const { connector } = outcome;
      if (outcome.kind === "changed") {
        log.info({ caller: caller.name, connectorId: connector.id, name: connector.name }, "A program changed a connector");
      }
      return showConnector(connector, { withParams: true });
    },
  });
}
