import type { Devinfo } from "../core/ports/devinfo.js";
import type { IndexedIntegration, IntegrationSource } from "../core/ports/git-integrations.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { IdSequence } from "../core/ports/record-store.js";
import type { RepositoryStore } from "../core/ports/repository-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RegisteredRemote } from "../core/registered-remote.js";
import type { RepositoryHost } from "../core/repository-host.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";

/** What the reading of repositories stands on. */
export interface IndexParts {
  readonly repositories: RepositoryStore;
  readonly devinfo: Pick<Devinfo, "record" | "list" | "deleteRepository" | "repositoriesOfProject">;
  readonly unitOfWork: UnitOfWork;
  readonly integrations: IntegrationSource;
  /** Of which integrations have theirs too. */
  readonly ids: IdSequence;
  /** Services by id, as far as they hold repositories. */
  readonly hosts: readonly { readonly id: string; readonly repositories?: RepositoryHost }[];
  /** Guarded, with the ways that were registered. */
  clientFor(remote: RegisteredRemote): HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function hostOf({ hosts }: Pick<IndexParts, "hosts">, { remote }: IndexedIntegration): RepositoryHost | undefined {
  return hosts.find(({ id }) => id === remote.serviceId)?.repositories;
}

/**
 * Where an integration looks. The host's ids mean something there only: after it was pointed elsewhere, the same id is another repository's.
 */
export function placeOf({ remote: { serviceId, url, apiPath = "" } }: IndexedIntegration): string {
  return `${serviceId} ${url} ${apiPath}`;
}
