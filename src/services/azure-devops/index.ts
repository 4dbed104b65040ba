import type { RemoteService } from "../../core/remote-service.js";
import { azureDevOpsRemote } from "./remote-check.js";
import { azureDevOpsRepositories } from "./repositories.js";

/** Azure DevOps Services and Server, and Team Foundation Server, as far as they can be registered. */
export function createAzureDevOpsRemote(): RemoteService {
  return { id: "azure-devops", title: "Azure DevOps", remote: azureDevOpsRemote, repositories: azureDevOpsRepositories };
}
