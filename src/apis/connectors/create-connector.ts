import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { notUnique, UnfitFieldsError } from "./errors.js";
import { maxBodyBytes, type ConnectorsParts } from "./parts.js";
import { readBody } from "./read-body.js";
import { readConnector } from "./read-connector.js";
import { connectorSchema, sentConnectorSchema } from "./schema.js";
import { showConnector } from "./show-connector.js";

export function createCreateConnector({ editing, connectors, log }: ConnectorsParts): Route {
  return createOperation({
    ...editing,
    method: "POST",
    path: "/api/v2/connectors/issue-tracker",
    summary: "Registers a connector.",
    description:
      "The tracker is not asked for anything. Params that are not sent are not filled in: their defaults hold when they are used.",
    body: { schema: sentConnectorSchema, maxBytes: maxBodyBytes, read: readBody },
    answer: { status: 201, description: "The connector, stored.", schema: connectorSchema },
    refusals: { 400: "The body does not fit; all that is wrong is told at once.", 415: "The body is no JSON by its type." },
    async handle({ body, caller }) {
      const draft = await readConnector(body, { connectors, isNameUnique: true });
      const outcome = await connectors.create(draft);
      // Somebody else took it since it was looked up.
      if (outcome.kind === "name taken") throw new UnfitFieldsError({ name: [notUnique] });
      const { id, name } = outcome.connector;
      log.info({ caller: caller.name, connectorId: id, name }, "A program registered a connector");
      return showConnector(outcome.connector, { withParams: true });
    },
  });
}
