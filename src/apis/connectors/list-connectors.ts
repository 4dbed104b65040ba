import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { besides, cutPage, readPage } from "./paging.js";
import type { ConnectorsParts } from "./parts.js";
import { connectorListSchema, excludeQuery, pageQuery } from "./schema.js";
import { excludesParams, showConnector } from "./show-connector.js";

export function createListConnectors({ reading, connectors, place }: ConnectorsParts): Route {
  return createOperation({
    ...reading,
    method: "GET",
    path: "/api/v2/connectors/issue-tracker",
    summary: "Lists the connectors, by id.",
    description: "All at once, or in pages where `page_size` or `page` is given.",
    query: {
      type: "object",
      properties: { ...pageQuery, ...excludeQuery },
    },
    answer: { description: "The connectors.", schema: connectorListSchema },
    refusals: { 404: "There is no such page." },
    async handle({ head, caller }) {
      const page = readPage(head.query);
      const all = await connectors.list();
      const withParams = caller.mayEdit && !excludesParams(head.query);
      const show = (part: typeof all): readonly object[] => part.map((connector) => showConnector(connector, { withParams }));
      if (page === undefined) return { results: show(all) };
      const part = cutPage(all, page);
      return { count: all.length, ...besides(head, page, all.length, place), results: show(part) };
    },
  });
}
