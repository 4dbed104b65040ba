import type { Devinfo, DevinfoObserver } from "../core/ports/devinfo.js";
import type { DevinfoStore } from "../core/ports/devinfo-store.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import { Cleaning } from "./cleaning.js";
import type { DevinfoCommit } from "./commit.js";
import { Counters } from "./counters.js";
import { deleteByProperties, deleteEntity, deleteRepository } from "./deletions.js";
import { usualLimits, type EngineLimits } from "./limits.js";
import type { EngineParts } from "./parts.js";
import { deleteProvider, listProviders, renameProvider } from "./provider-desk.js";
import { ProviderTable } from "./provider-table.js";
import { existsByProperties, listEntities, readByIssueKey, readRepository, repositoriesOfProject } from "./readings.js";
import { recordSubmission } from "./record-submission.js";
import { Turns } from "./turns.js";

interface DevinfoOptions {
  readonly store: DevinfoStore;
  readonly commit: DevinfoCommit;
  /** Told of every change, in this order. */
  readonly observers: readonly DevinfoObserver[];
  readonly clock: Clock;
  readonly log: Log;
  /** Smaller in tests. */
  readonly limits?: EngineLimits;
}

/** Development information, and what cleans away behind it. */
export interface DevinfoEngine extends Devinfo {
  /** Goes on cleaning away where the last process stopped. */
  start(): void;
  stop(): Promise<void>;
  /** To be called when the disk takes writes again: what it seemed to refuse may be stored all the same. */
  recovered(): void;
  /** Resolves when nothing is left to clean away just now. */
  settled(): Promise<void>;
}

export function createDevinfo({ store, commit, observers, clock, log, limits = usualLimits }: DevinfoOptions): DevinfoEngine {
  const turns = new Turns();
  const providers = new ProviderTable(store);
  const cleaning = new Cleaning({ store, commit, clock, turns, providers, limits, log });
  const counters = new Counters(store, clock);
  const parts: EngineParts = { store, commit, observers, clock, turns, providers, counters, cleaning, limits };
  return {
    record: (submission, about) => recordSubmission(parts, submission, about),
    readRepository: (provider, repositoryId) => readRepository(parts, provider, repositoryId),
    deleteRepository: (provider, repositoryId, upTo, about) => deleteRepository(parts, provider, repositoryId, upTo, about),
    deleteEntity: (address, upTo, about) => deleteEntity(parts, address, upTo, about),
    deleteByProperties: (provider, properties, upTo, about) => deleteByProperties(parts, provider, properties, upTo, about),
    existsByProperties: (provider, properties, upTo) => existsByProperties(parts, provider, properties, upTo),
    byIssueKey: (key, page) => readByIssueKey(parts, key, page),
    list: (provider, repositoryId, type, after, limit) => listEntities(parts, { provider, repositoryId, type, after, limit }),
    repositoriesOfProject: (provider, projectKey) => repositoriesOfProject(parts, provider, projectKey),
    providers: () => listProviders(parts),
    instanceOf: async (provider) => (await providers.find(provider))?.instance,
    renameProvider: (provider, name) => renameProvider(parts, provider, name),
    deleteProvider: (provider) => deleteProvider(parts, provider),
    start() {
      cleaning.start();
    },
    stop: () => cleaning.stop(),
    recovered() {
      providers.forget();
      cleaning.wake();
    },
    settled: () => cleaning.settled(),
  };
}
