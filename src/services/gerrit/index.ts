import type { RemoteService } from "../../core/registered-remote.js";
import { gerritRemote } from "./remote-check.js";

/** Gerrit, as far as it can be registered. */
export function createGerritRemote(): RemoteService {
  return { id: "gerrit", title: "Gerrit", remote: gerritRemote };
}
