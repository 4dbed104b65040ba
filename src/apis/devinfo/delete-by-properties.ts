import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { DevinfoParts } from "./parts.js";
import { pathAndQuery, readProperties, readUpTo } from "./query.js";
import { sequenceQuery } from "./schema.js";

export function createDeleteByProperties({ at, guard, placeParams, devinfo }: DevinfoParts): Route {
  const { accessBelow, ...deleting } = guard("DELETE");
  return {
    ...createOperation({
      ...deleting,
      method: "DELETE",
      path: `${at.devinfo}/bulkByProperties`,
      summary: "Deletes the repositories that have all given properties, with their entities.",
      description: "Every other parameter of the query is a property, such as `?installationId=4711`.",
      params: placeParams,
      query: { type: "object", properties: sequenceQuery },
      answer: { status: 202, description: "They are gone, or never were there." },
      refusals: { ...deleting.refusals, 400: "No property is given, one is given twice or begins with `_`, or the sequence is none." },
      async handle({ query, caller, head }) {
        const properties = readProperties(head.query);
        const request = { pathAndQuery: pathAndQuery(head, at.devinfo) };
        await devinfo.deleteByProperties(caller.provider, properties, readUpTo(query), { request });
        return undefined;
      },
    }),
    accessBelow,
  };
}
