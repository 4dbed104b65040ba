import { MemoryLevel } from "memory-level";
import { createRepositories, type AppRepositories } from "../../src/app/repositories.js";
import { gitIntegrationsProvider, type StoredEntry } from "../../src/core/devinfo.js";
import type { DevinfoObserver } from "../../src/core/ports/devinfo.js";
import type { IndexedIntegration, IntegrationSource } from "../../src/core/ports/git-integrations.js";
import type { RegisteredRecord } from "../../src/core/ports/record-store.js";
import type { RepositoryStore } from "../../src/core/ports/repository-store.js";
import type { UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { RepositoryHost } from "../../src/core/repository-host.js";
import { createDevinfo, type DevinfoEngine } from "../../src/devinfo/create-devinfo.js";
import { Registry } from "../../src/remotes/registry.js";
import { silentLog, type Log } from "../../src/shared/log.js";
import { Secret } from "../../src/shared/secret.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../src/storage/stores/devinfo-store.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { createRepositoryStore } from "../../src/storage/stores/repository-store.js";
import { FakeRepositoryHost } from "./fake-repository-host.js";
import { ManualClock, settle } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";
import { seededRandom } from "./seeded-random.js";

/** What a test says of an integration. */
export type IntegrationFields = Partial<
  Pick<IndexedIntegration, "isDisabled" | "isGlobal" | "projectMappingIds" | "tagsFilter" | "prHideFilter" | "origin">
> & { readonly serviceId?: string };

/** Integrations as the product registers them, with what the index is told of them. */
export class FakeIntegrations implements IntegrationSource {
  readonly registry: Registry<IntegrationFields>;
  readonly #wake: (id: number) => void;

  constructor(registry: Registry<IntegrationFields>, wake: (id: number) => void) {
    this.registry = registry;
    this.#wake = wake;
  }

  async add(name: string, fields: IntegrationFields = {}): Promise<number> {
    const creation = await this.registry.create({ name, fields, secrets: { token: "planted-token" } });
    if (creation.kind !== "created") throw new Error("not created");
    this.#wake(creation.record.id);
    return creation.record.id;
  }

  async change(id: number, changed: IntegrationFields): Promise<void> {
    await this.registry.change(id, ({ name, fields, secrets }) => ({ name, fields: { ...fields, ...changed }, secrets }));
    this.#wake(id);
  }

  async remove(id: number): Promise<void> {
    await this.registry.remove(id);
    this.#wake(id);
  }

  async get(id: number): Promise<IndexedIntegration | undefined> {
    const record = await this.registry.get(id);
    return record === undefined ? undefined : toIntegration(record);
  }

  async list(after: number, limit: number): Promise<readonly IndexedIntegration[]> {
    return (await this.registry.list(after, limit)).map(toIntegration);
  }
}

function toIntegration({ id, name, fields, secrets }: RegisteredRecord<IntegrationFields>): IndexedIntegration {
  const { serviceId = "fake", origin = "https://git.example", ...others } = fields;
  return {
    ...{ id, displayName: name, origin, isDisabled: false, isGlobal: true, actsOnSmartCommits: false, projectMappingIds: [], ...others },
    remote: {
      ...{ serviceId, url: origin, settings: {}, checksCertificate: true, usesProxy: true },
      account: { kind: "token", token: new Secret(secrets["token"] ?? "") },
    },
  };
}

export interface RepositoriesRigOptions {
  readonly database?: Database;
  readonly host?: RepositoryHost;
  readonly clock?: ManualClock;
  readonly log?: Log;
  /** Of development information. */
  readonly observers?: readonly DevinfoObserver[];
  /** For faults. */
  readonly decorate?: (unitOfWork: UnitOfWork) => UnitOfWork;
}

export interface RepositoriesRig {
  readonly index: AppRepositories;
  readonly integrations: FakeIntegrations;
  readonly host: FakeRepositoryHost;
  readonly clock: ManualClock;
  readonly database: Database;
  readonly store: RepositoryStore;
  readonly devinfo: DevinfoEngine;
  /** Batches that were committed. */
  commits(): number;
  begin(): void;
  /** Begins, and waits until nothing is left to do. */
  start(): Promise<void>;
  /** Waits until nothing is left to do without time passing. */
  quiet(): Promise<void>;
  /** Everything that is stored of a repository. */
  entitiesOf(repositoryId: number): Promise<readonly StoredEntry[]>;
  /** The repository itself, as development information has it. */
  recordOf(repositoryId: number): Promise<unknown>;
}

/** The index of repositories over a database in memory, with a host that a test fills. */
export function createRepositoriesRig(options: RepositoriesRigOptions = {}): RepositoriesRig {
  const { database = new MemoryLevel<string, string>(), clock = new ManualClock(), log = silentLog() } = options;
  const host = new FakeRepositoryHost();
  const groupCommit = new GroupCommit({ database, location: "memory", recover: () => new Promise(() => undefined) });
  const work = options.decorate?.(groupCommit) ?? groupCommit;
  let commits = 0;
  let isStarted = false;
  const unitOfWork: UnitOfWork = {
    commit: (changes) => {
      commits += changes.length === 0 ? 0 : 1;
      return work.commit(changes);
    },
  };
  const registry = new Registry<IntegrationFields>({
    ...{
      store: createRecordStore<IntegrationFields>(database, "git-integrations", sealerOf("a")),
      unitOfWork,
      clock,
      hasUniqueNames: false,
    },
    onRemove: (id) => index.forget(id),
  });
  const integrations = new FakeIntegrations(registry, (id) => {
    // What was there before the start is found by it.
    if (isStarted) index.wake(id);
  });
  const devinfo = createDevinfo({
    ...{
      store: createDevinfoStore(database),
      commit: (changes) => unitOfWork.commit(changes),
      observers: options.observers ?? [],
      clock,
      log,
    },
  });
  const onlyListed: RepositoryHost = { list: (access) => host.list(access) };
  const index = createRepositories({
    ...{ database, unitOfWork, devinfo, integrations, ids: registry, clock, random: seededRandom(1), log },
    hosts: [{ id: "fake", repositories: options.host ?? host }, { id: "listed", repositories: onlyListed }, { id: "other" }],
    guarded: { request: () => Promise.reject(new Error("no requests here")) },
  });
  const store = createRepositoryStore(database);

  function begin(): void {
    isStarted = true;
    devinfo.start();
    index.start();
  }

  async function isQuiet(): Promise<boolean> {
    const marks = [...(await store.forgotten(1)), ...(await store.removed(1))];
    return marks.length === 0 && (await index.progress({}))?.isFinished === true;
  }

  async function quiet(): Promise<void> {
    for (let turns = 0; turns < 500; turns += 1) {
      await settle();
      if (await isQuiet()) {
        await devinfo.settled();
        return settle();
      }
    }
    throw new Error("It does not come to rest");
  }

  return {
    ...{ index, integrations, host, clock, database, store, devinfo, quiet },
    commits: () => commits,
    begin,
    async start() {
      begin();
      await clock.advance(1_000);
      await quiet();
    },
    async entitiesOf(repositoryId) {
      const types = ["commit", "branch", "pull_request"] as const;
      const lists = types.map((type) => devinfo.list(gitIntegrationsProvider, String(repositoryId), type, "", 100_000));
      return (await Promise.all(lists)).flat();
    },
    async recordOf(repositoryId) {
      const reading = await devinfo.readRepository(gitIntegrationsProvider, String(repositoryId));
      return reading === undefined ? undefined : (JSON.parse(reading.json) as unknown);
    },
  };
}
