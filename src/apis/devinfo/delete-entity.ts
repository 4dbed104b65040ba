import { devinfoEntityTypes, type DevinfoEntityType } from "../../core/devinfo.js";
import { ValidationError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { isId } from "./own-fields.js";
import type { DevinfoParts } from "./parts.js";
import { pathAndQuery, readUpTo } from "./query.js";
import { entityParams, sequenceQuery } from "./schema.js";

export function createDeleteEntity({ at, guard, placeParams, devinfo }: DevinfoParts): Route {
  const { accessBelow, ...deleting } = guard("DELETE");
  return {
    ...createOperation({
      ...deleting,
      method: "DELETE",
      path: `${at.devinfo}/repository/:repositoryId/:entityType/:entityId`,
      summary: "Deletes an entity of a repository.",
      params: { ...placeParams, ...entityParams },
      query: { type: "object", properties: sequenceQuery },
      answer: { status: 202, description: "It is gone, or never was there." },
      refusals: deleting.refusals,
      async handle({ params: { repositoryId, entityType, entityId: id }, query, caller, head }) {
        const type = readType(entityType);
        const upTo = readUpTo(query);
        const request = { pathAndQuery: pathAndQuery(head, at.devinfo) };
        if (isId(repositoryId) && isId(id)) {
          await devinfo.deleteEntity({ provider: caller.provider, repositoryId, type, id }, upTo, { request });
        }
        return undefined;
      },
    }),
    accessBelow,
  };
}

/** @throws ValidationError */
function readType(text: string): DevinfoEntityType {
  const type = devinfoEntityTypes.find((each) => each === text);
  if (type === undefined) throw new ValidationError(`The type of an entity is one of ${devinfoEntityTypes.join(", ")}.`);
  return type;
}
