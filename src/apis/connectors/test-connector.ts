import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { maxBodyBytes, type ConnectorsParts } from "./parts.js";
import { readBody } from "./read-body.js";
import { readConnector } from "./read-connector.js";
import { sentConnectorSchema, testOutcomeSchema } from "./schema.js";
import { TestPace } from "./test-pace.js";

export function createTestConnector({ editing, connectors, clock }: ConnectorsParts): Route {
  const pace = new TestPace(clock);
  return createOperation({
    ...editing,
    method: "POST",
    path: "/api/v2/connectors/test-issue-tracker",
    summary: "Tests whether a tracker can be reached and takes the account.",
    description:
      "Nothing is stored, and the name may be taken. It takes ten seconds at most. A tracker that refuses is no failure of the request: then `success` is false, with the status 200.",
    body: { schema: sentConnectorSchema, maxBytes: maxBodyBytes, read: readBody },
    answer: { description: "What came of it.", schema: testOutcomeSchema },
    refusals: {
      400: "The body does not fit; all that is wrong is told at once.",
      415: "The body is no JSON by its type.",
      429: "More than 30 tests within a minute.",
    },
    async handle({ body, caller }) {
      const draft = await readConnector(body, { connectors, isNameUnique: false });
      if (draft.inaccessible) return failure("The connector is marked as inaccessible from this server, so it was not tested.");
      pace.take(caller.name);
      const outcome = await connectors.test(draft);
      if (outcome === undefined) return failure(`${draft.system.name} cannot be tested from here.`);
      return outcome.isGood ? { success: true } : failure(outcome.reason);
    },
  });
}

function failure(error: string): object {
  return { success: false, error };
}
