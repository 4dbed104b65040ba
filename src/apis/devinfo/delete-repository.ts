import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { isId } from "./own-fields.js";
import type { DevinfoParts } from "./parts.js";
import { pathAndQuery, readUpTo } from "./query.js";
import { repositoryParams, sequenceQuery } from "./schema.js";

export function createDeleteRepository({ at, guard, placeParams, devinfo }: DevinfoParts): Route {
  const { accessBelow, ...deleting } = guard("DELETE");
  return {
    ...createOperation({
      ...deleting,
      method: "DELETE",
      path: `${at.devinfo}/repository/:repositoryId`,
      summary: "Deletes a repository with its entities.",
      description: "With a sequence, what is newer stays, and what is older and comes late within 24 hours is not stored again.",
      params: { ...placeParams, ...repositoryParams },
      query: { type: "object", properties: sequenceQuery },
      answer: { status: 202, description: "It is gone, or never was there." },
      refusals: deleting.refusals,
      async handle({ params: { repositoryId }, query, caller, head }) {
        const request = { pathAndQuery: pathAndQuery(head, at.devinfo) };
        const upTo = readUpTo(query);
        if (isId(repositoryId)) await devinfo.deleteRepository(caller.provider, repositoryId, upTo, { request });
        return undefined;
      },
    }),
    accessBelow,
  };
}
