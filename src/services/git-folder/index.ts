import type { RemoteService } from "../../core/remote-service.js";
import type { RepositoryHost } from "../../core/repository-host.js";
import type { Clock } from "../../shared/clock.js";
import { drawBounds } from "./bounds.js";
import { findRepositories } from "./find-repositories.js";
import { GitProgram } from "./git-program.js";
import { OpenRepository } from "./open-repository.js";
import { readOrigin } from "./origin.js";
import { readRepository } from "./read-repository.js";
import { createFolderCheck, title } from "./remote-check.js";

export interface GitFolderOptions {
  /** Real or not, absolute: nothing is read but what lies below one of them. */
  readonly trackedFolders: readonly string[];
  readonly clock: Pick<Clock, "after">;
}

/** Folders of git repositories on the machine that we run on. Made with the part of the configuration that says which may be read. */
export function createGitFolderRemote({ trackedFolders, clock }: GitFolderOptions): RemoteService {
  return {
    id: "git-folder",
    title,
    remote: createFolderCheck(trackedFolders),
    repositories: createFolderHost(trackedFolders, new GitProgram(clock)),
  };
}

function createFolderHost(trackedFolders: readonly string[], git: GitProgram): RepositoryHost {
  return {
    async *list({ remote, signal }) {
      yield* findRepositories(readOrigin(remote), await drawBounds(trackedFolders), () => signal.throwIfAborted());
    },
    async *read({ root }, cursor, { remote, signal }) {
      const { folder } = readOrigin(remote);
      const repository = await OpenRepository.open({ root, folder, trackedFolders, git, signal });
      try {
        yield* readRepository(repository, cursor);
      } finally {
        await repository.close();
      }
    },
  };
}
