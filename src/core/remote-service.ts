import type { RemoteCheck } from "./registered-remote.js";
import type { RepositoryHost } from "./repository-host.js";

/** A service as far as registered remotes go: all that there is of one whose rooms cannot be connected. */
export interface RemoteService {
  /** Folder name. */
  readonly id: string;
  /** The name people read. */
  readonly title: string;
  readonly remote: RemoteCheck;
  /** Present if it holds git repositories. */
  readonly repositories?: RepositoryHost;
}
