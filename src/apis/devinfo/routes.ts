import type { Route } from "../../http/route.js";
import { createDeleteByProperties } from "./delete-by-properties.js";
import { createDeleteEntity } from "./delete-entity.js";
import { createDeleteRepository } from "./delete-repository.js";
import { createExistsByProperties } from "./exists-by-properties.js";
import { createGetRepository } from "./get-repository.js";
import { createOtherApis } from "./other-apis.js";
import { createParts, type DevinfoApiOptions } from "./parts.js";
import { apiPlaces } from "./schema.js";
import { sendAgainLater } from "./send-again.js";
import { createSiteRoutes } from "./site-routes.js";
import { createSubmit } from "./submit.js";

/** The Development Information API (devinfo reference), for listeners with `devinfo`; tokens and keys have routes of their own. */
export function createDevinfoRoutes(options: DevinfoApiOptions): readonly Route[] {
  const placed = apiPlaces.map((at, index) => createParts(options, at, index === 0));
  const operations = placed.flatMap((parts) => [
    createSubmit(parts),
    createGetRepository(parts),
    createDeleteRepository(parts),
    createDeleteEntity(parts),
    createDeleteByProperties(parts),
    createExistsByProperties(parts),
  ]);
  return [...[...operations, ...placed.flatMap(createOtherApis)].map(sendAgainLater), ...createSiteRoutes(options.cloudId)];
}
