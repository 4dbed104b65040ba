import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { DevinfoParts } from "./parts.js";

/** The results of the builds and deployments APIs, for tools that send those too: nothing is accepted, and nothing of it is the tool's mistake. */
const results = {
  builds: { acceptedBuilds: [], rejectedBuilds: [], unknownIssueKeys: [] },
  deployments: { acceptedDeployments: [], rejectedDeployments: [], unknownIssueKeys: [] },
} as const;

/**
 * What tools need of the other two APIs to go on: one that deletes a customer's data deletes it in all three, and takes a failure of one for a
 * failure of all. Nothing is stored, and bodies are not looked at.
 */
export function createOtherApis(parts: DevinfoParts): readonly Route[] {
  return (["builds", "deployments"] as const).flatMap((api) => [createTake(parts, api), createForget(parts, api)]);
}

function createTake({ at, guard, placeParams }: DevinfoParts, api: keyof typeof results): Route {
  const { accessBelow, ...writing } = guard("WRITE");
  return {
    ...createOperation({
      ...writing,
      speaksBelow: at[api].split("/:", 1).join(""),
      method: "POST",
      path: `${at[api]}/bulk`,
      summary: `Takes ${api} and stores none of them.`,
      params: placeParams,
      answer: { status: 202, description: "Nothing was stored." },
      refusals: writing.refusals,
      handle: () => results[api],
    }),
    accessBelow,
  };
}

function createForget({ at, guard, placeParams }: DevinfoParts, api: keyof typeof results): Route {
  const { accessBelow, ...deleting } = guard("DELETE");
  return {
    ...createOperation({
      ...deleting,
      speaksBelow: at[api].split("/:", 1).join(""),
      method: "DELETE",
      path: `${at[api]}/bulkByProperties`,
      summary: `Has nothing to delete: ${api} are not stored.`,
      params: placeParams,
      answer: { status: 202, description: "Nothing of it is there." },
      refusals: deleting.refusals,
      handle: () => undefined,
    }),
    accessBelow,
  };
}
