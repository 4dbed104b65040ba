import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import type { ProvisioningParts } from "./parts.js";
import { connectionTypesSchema } from "./schema.js";

export function createListConnectionTypes({ guarded, kinds, bots }: ProvisioningParts): Route {
  const everyBot = bots.all.map(({ userId }) => userId);
  return createOperation({
    ...guarded,
    method: "GET",
    path: "/v1/connectiontypes",
    summary: "Lists what rooms can be connected to.",
    answer: { description: "The types.", schema: connectionTypesSchema },
    handle: () =>
      Object.fromEntries(
        [...kinds.listed].map(([key, known]) => {
          const { type, service } = known.provisioning;
          const bot = bots.forService(known.active.service.permissionName, everyBot) ?? bots.main;
          return [key, { type, eventType: known.kind.stateTypes[0], service, botUserId: bot.userId }];
        }),
      ),
  });
}
