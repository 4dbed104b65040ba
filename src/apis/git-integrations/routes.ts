import type { Route } from "../../http/route.js";
import { createCreateIntegration } from "./create-integration.js";
import { createDeleteIntegration } from "./delete-integration.js";
import { createGetIntegration } from "./get-integration.js";
import { createListIntegrations } from "./list-integrations.js";
import { createListRepositories } from "./list-repositories.js";
import { createParts, type GitIntegrationsApiOptions } from "./parts.js";
import { createSetDisabled } from "./set-disabled.js";
import { createShowProgress } from "./show-progress.js";
import { createStartReindex } from "./start-reindex.js";
import { createUpdateIntegration } from "./update-integration.js";

/** The API with which administrators register git hosts (Git integrations reference), for listeners with `git-integrations`. */
export function createGitIntegrationRoutes(options: GitIntegrationsApiOptions): readonly Route[] {
  const parts = createParts(options);
  return [
    createListIntegrations(parts),
    createCreateIntegration(parts),
    createGetIntegration(parts),
    createUpdateIntegration(parts),
    createDeleteIntegration(parts),
    createSetDisabled(parts),
    createListRepositories(parts),
    createStartReindex(parts),
    createShowProgress(parts),
  ].flatMap((route) => [route, ...withSuffix(route)]);
}

/** Older pages of the published API have `.json` behind their paths. Ids at the end of a path are read with it. */
function withSuffix({ doc, ...route }: Route): readonly Route[] {
  if (/(?:\.json|:id)$/.test(route.path)) return [];
  const older = doc && { ...doc, description: `An older spelling of \`${route.path}\`.` };
  return [{ ...route, path: `${route.path}.json`, ...(older === undefined ? {} : { doc: older }) }];
}
