import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { DevinfoParts } from "./parts.js";
import { readProperties, readUpTo } from "./query.js";
import { existenceSchema, sequenceQuery } from "./schema.js";

export function createExistsByProperties({ at, guard, placeParams, devinfo }: DevinfoParts): Route {
  const { accessBelow, ...reading } = guard("READ");
  return {
    ...createOperation({
      ...reading,
      method: "GET",
      path: `${at.devinfo}/existsByProperties`,
      summary: "Tells whether a repository has all given properties.",
      description: "Every other parameter of the query is a property, such as `?installationId=4711`.",
      params: placeParams,
      query: { type: "object", properties: sequenceQuery },
      answer: { description: "Whether there is one.", schema: existenceSchema },
      refusals: { ...reading.refusals, 400: "No property is given, one is given twice or begins with `_`, or the sequence is none." },
      async handle({ query, caller, head }) {
        const properties = readProperties(head.query);
        return { hasDataMatchingProperties: await devinfo.existsByProperties(caller.provider, properties, readUpTo(query)) };
      },
    }),
    accessBelow,
  };
}
