import type { RemoteService } from "../../core/remote-service.js";
import { gerritRemote } from "./remote-check.js";
import { gerritRepositories } from "./repositories.js";

/** Gerrit, as far as it can be registered. */
export function createGerritRemote(): RemoteService {
  return { id: "gerrit", title: "Gerrit", remote: gerritRemote, repositories: gerritRepositories };
}
