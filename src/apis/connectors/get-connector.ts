import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { idParams, noSuchConnector, readId, type ConnectorsParts } from "./parts.js";
import { connectorSchema, excludeQuery } from "./schema.js";
import { excludesParams, showConnector } from "./show-connector.js";

export function createGetConnector({ reading, connectors }: ConnectorsParts): Route {
  return createOperation({
    ...reading,
    method: "GET",
    path: "/api/v2/connectors/issue-tracker/:id",
    summary: "Gets a connector.",
    params: idParams,
    query: { type: "object", properties: excludeQuery },
    answer: { description: "The connector.", schema: connectorSchema },
    refusals: { 404: "There is no such connector." },
    async handle({ params: { id }, head, caller }) {
      const connector = await connectors.get(readId(id));
      if (connector === undefined) throw noSuchConnector();
      return showConnector(connector, { withParams: caller.mayEdit && !excludesParams(head.query) });
    },
  });
}
