import type { IntegrationSource, RepositoryDesk } from "../core/ports/git-integrations.js";
import type { Devinfo } from "../core/ports/devinfo.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { IdSequence } from "../core/ports/record-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RepositoryHost } from "../core/repository-host.js";
import type { Repositories } from "../repositories/repositories.js";
import { RepositoryIndex } from "../repositories/repository-index.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Database } from "../storage/database.js";
import { createRepositoryStore } from "../storage/stores/repository-store.js";
import { createRemoteClient } from "../vocabulary/remote-ways.js";

interface RepositoriesOptions {
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  readonly devinfo: Devinfo;
  /** Registered git hosts. */
  readonly integrations: IntegrationSource;
  /** Of which registered git hosts have their ids. */
  readonly ids: IdSequence;
  /** Services of this build, whether or not the configuration has a section for them. */
  readonly hosts: readonly { readonly id: string; readonly repositories?: RepositoryHost }[];
  /** For addresses that somebody typed. */
  readonly guarded: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Repositories of registered git hosts. Nothing is asked or read before `start`. */
export interface AppRepositories extends Repositories, RepositoryDesk {
  /** Whether smart commits of the repository are carried out. @param repositoryId as development information names it */
  actsOnSmartCommits(repositoryId: string): Promise<boolean>;
  /** Goes on where the last process stopped. */
  start(): void;
  /** Resolves within moments; hosts are not waited for. */
  stop(): Promise<void>;
}

export function createRepositories({ database, guarded, log, ...others }: RepositoriesOptions): AppRepositories {
  return new RepositoryIndex({
    ...others,
    repositories: createRepositoryStore(database),
    clientFor: (remote) => createRemoteClient(guarded, remote),
    log: log.child({ module: "repositories" }),
  });
}
