import type { RemoteService } from "../../core/registered-remote.js";
import { gitLabRemote } from "./remote-check.js";

/** GitLab, as far as it can be registered. */
export function createGitLabRemote(): RemoteService {
  return { id: "gitlab", title: "GitLab", remote: gitLabRemote };
}
