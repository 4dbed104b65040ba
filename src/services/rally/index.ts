import type { RemoteService } from "../../core/remote-service.js";
import { rallyRemote } from "./remote-check.js";

/** Rally (CA Agile Central), as far as it can be registered. */
export function createRallyRemote(): RemoteService {
  return { id: "rally", title: "Rally", remote: rallyRemote };
}
