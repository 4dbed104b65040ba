import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { idParams, noSuchConnector, readId, type ConnectorsParts } from "./parts.js";

export function createDeleteConnector({ editing, connectors, log }: ConnectorsParts): Route {
  return createOperation({
    ...editing,
    method: "DELETE",
    path: "/api/v2/connectors/issue-tracker/:id",
    summary: "Removes a connector.",
    params: idParams,
    // The published examples have a type, although there is nothing of it.
    answer: { status: 204, description: "It is gone.", headers: { "content-type": "application/json" } },
    refusals: { 404: "There is no such connector." },
    async handle({ params: { id }, caller }) {
      const removed = await connectors.remove(readId(id));
      if (removed === undefined) throw noSuchConnector();
      log.info({ caller: caller.name, connectorId: removed.id, name: removed.name }, "A program removed a connector");
      return undefined;
    },
  });
}
