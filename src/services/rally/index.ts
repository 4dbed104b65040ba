import type { RemoteService } from "../../core/registered-remote.js";
import { rallyRemote } from "./remote-check.js";

/** Rally (CA Agile Central), as far as it can be registered. */
export function createRallyRemote(): RemoteService {
  return { id: "rally", title: "Rally", remote: rallyRemote };
}
