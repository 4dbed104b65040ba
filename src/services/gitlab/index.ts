import type { RemoteService } from "../../core/remote-service.js";
import { gitLabRemote } from "./remote-check.js";
import { gitLabRepositories } from "./repositories.js";

/** GitLab, as far as it can be registered. */
export function createGitLabRemote(): RemoteService {
  return { id: "gitlab", title: "GitLab", remote: gitLabRemote, repositories: gitLabRepositories };
}
