import { RemoteError } from "../../core/errors.js";
import type { RemoteCheck } from "../../core/registered-remote.js";
import { drawBounds } from "./bounds.js";
import { findRepositories } from "./find-repositories.js";
import { readOrigin } from "./origin.js";

export const title = "Git folder";

/** Less than the ten seconds that a check may take, so that its own reason is the one that is told. */
const timeLimitMs = 9_500;

/** Whether a folder may be read, is there, and holds a repository. Reasons are worded as those of remotes with an address. */
export function createFolderCheck(trackedFolders: readonly string[]): RemoteCheck {
  return {
    async check(remote, _http, now) {
      const end = now() + timeLimitMs;
      const checkTime = (): void => {
        if (now() > end) throw new RemoteError("looking through the folder takes too long: name one further down");
      };
      try {
        const found = findRepositories(readOrigin(remote), await drawBounds(trackedFolders), checkTime);
        for await (const _repository of found) return { isGood: true };
        throw new RemoteError("the folder holds no git repository");
      } catch (error) {
        // Other errors are mistakes of ours.
        if (!(error instanceof RemoteError)) throw error;
        const reason = `Unable to connect to ${title} service (Check folder, repositories.trackedFolders). Reason: ${error.message}.`;
        return { isGood: false, reason };
      }
    },
  };
}
