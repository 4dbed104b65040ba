import { MemoryLevel } from "memory-level";
import type { GitIntegrationsApiOptions } from "../../src/apis/git-integrations/parts.js";
import { createGitIntegrationRoutes } from "../../src/apis/git-integrations/routes.js";
import { gitIntegrationTypes } from "../../src/apis/git-integrations/schema.js";
import { createCallers } from "../../src/callers/create-callers.js";
import { StorageError } from "../../src/core/errors.js";
import type { RepositoryDesk } from "../../src/core/ports/git-integrations.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import type { Route } from "../../src/http/route.js";
import { createGuardedClient } from "../../src/outbound/guarded-client.js";
import type { GitIntegrationFields } from "../../src/remotes/git-integration.js";
import { GitIntegrations } from "../../src/remotes/git-integrations.js";
import { Registry } from "../../src/remotes/registry.js";
import type { IndexProgress, Repositories, Repository } from "../../src/repositories/repositories.js";
import { systemClock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { openStorage } from "../../src/storage/open.js";
import { createApiTokenStore } from "../../src/storage/stores/api-token-store.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { ask, type Asked } from "./ask.js";
import { ManualClock } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";

/** `right` may do everything, `read` may list repositories, `other` is a token of other APIs; ada is an administrator. */
const callers = {
  tokens: [
    { name: "keeper", token: new Secret("right"), scopes: ["git-integrations"] },
    { name: "reader", token: new Secret("read"), scopes: ["git-integrations:read"] },
    { name: "stranger", token: new Secret("other"), scopes: ["provisioning", "connectors", "connectors:read", "xray-ticketing"] },
  ],
  admins: [{ name: "ada", password: new Secret("lovelace") }],
};

export const right = { authorization: "Bearer right" };

export const baseUrl = "/rest/gitplugin/1.0";
export const integrationsUrl = `${baseUrl}/integration`;

export const plantedSecret = "planted-secret-0815";

/** An integration that fits, with the planted secret. */
export const fitting = { type: "GITHUB", pat: plantedSecret };

/** What the desk puts into the batch of a removal. */
export const forgottenKey = "!repositories!forgotten ";

/** Repositories that a test says there are. */
export class FakeRepositories implements Repositories, RepositoryDesk {
  repositories: Repository[] = [];
  /** By integration. */
  readonly indexedAt = new Map<number, number>();
  readonly woken: number[] = [];
  /** What was asked for, in its words. */
  readonly asked: unknown[] = [];
  onReindex: (id: number | undefined) => string | undefined = () => "8f1ea8ba-9ad2-4c3c-b4f2-1c3f0c3a2f10";
  onProgress: (wanted: { readonly threadId?: string; readonly id?: number }) => IndexProgress | undefined = () => undefined;

  async list(projectKey?: string): Promise<readonly Repository[]> {
    this.asked.push({ projectKey });
    return this.repositories;
  }

  async has(id: number): Promise<boolean> {
    return this.repositories.some((repository) => repository.id === id);
  }

  async setDisabled(id: number, isDisabled: boolean): Promise<boolean> {
    if (!(await this.has(id))) return false;
    this.repositories = this.repositories.map((repository) => (repository.id === id ? { ...repository, isDisabled } : repository));
    return true;
  }

  async lastIndexedAt(integrationId: number): Promise<number | undefined> {
    return this.indexedAt.get(integrationId);
  }

  async reindex(id: number | undefined, priority: number, extent?: string): Promise<string | undefined> {
    this.asked.push({ id, priority, extent });
    return this.onReindex(id);
  }

  async progress(wanted: { readonly threadId?: string; readonly id?: number }): Promise<IndexProgress | undefined> {
    this.asked.push(wanted);
    return this.onProgress(wanted);
  }

  wake(integrationId: number): void {
    this.woken.push(integrationId);
  }

  forget(integrationId: number): readonly StoreChange[] {
    return [{ type: "put", key: `${forgottenKey}${integrationId}`, value: "1" }];
  }
}

export interface GitIntegrationsRigOptions {
  readonly database?: Database;
  /** `outbound.allow`. */
  readonly allow?: readonly string[];
  readonly hasKey?: boolean;
}

interface Call {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The API of Git integrations over a database in memory unless one is given; nobody reads repositories. */
export class GitIntegrationsRig implements UnitOfWork {
  readonly clock = new ManualClock();
  readonly logged: string[] = [];
  readonly log = createLog(
    { level: "trace", json: true, colorize: false, timestampFormat: "" },
    { write: (line) => void this.logged.push(line) },
  );
  readonly database: Database;
  readonly registry: Registry<GitIntegrationFields>;
  readonly integrations: GitIntegrations;
  readonly repositories = new FakeRepositories();
  /** Every answer's text and headers. */
  readonly answered: string[] = [];
  isDiskFull = false;
  readonly #work: GroupCommit;
  readonly #guarded: ReturnType<typeof createGuardedClient>;
  #listener: Listener | undefined;
  #started: Promise<{ readonly port: number }> | undefined;

  constructor({ database = new MemoryLevel<string, string>(), allow = [], hasKey = true }: GitIntegrationsRigOptions = {}) {
    this.#guarded = createGuardedClient({ userAgent: "test", allow });
    this.database = database;
    this.#work = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
    this.registry = new Registry({
      store: createRecordStore<GitIntegrationFields>(database, "git-integrations", hasKey ? sealerOf("a") : undefined),
      ...{ unitOfWork: this, clock: this.clock, hasUniqueNames: false },
      onRemove: (id) => this.repositories.forget(id),
    });
    this.integrations = new GitIntegrations({
      ...{ registry: this.registry, types: gitIntegrationTypes, http: this.#guarded, desk: this.repositories },
    });
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    if (this.isDiskFull) throw new StorageError("The disk is full.");
    await this.#work.commit(changes);
  }

  routes(): readonly Route[] {
    return createGitIntegrationRoutes(this.options());
  }

  options(): GitIntegrationsApiOptions {
    const { clock, log, integrations, repositories, database } = this;
    const store = createApiTokenStore(database);
    return {
      ...{ log, integrations, repositories },
      callers: createCallers({ ...{ clock, log, store }, unitOfWork: this, random: systemRandom, config: callers }),
    };
  }

  async start(): Promise<number> {
    const address = { bindAddress: "127.0.0.1", port: 0 };
    const { log } = this;
    this.#listener ??= createListener({ ...address, routes: this.routes(), log, clock: systemClock, random: systemRandom });
    this.#started ??= this.#listener.start();
    return (await this.#started).port;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#listener?.stop(), this.#guarded.close()]);
  }

  /** One request with the right token; a body that is no string is sent as JSON. */
  async call(method: string, path: string, { body, headers = right }: Call = {}): Promise<Asked> {
    const sent = body === undefined ? headers : { "content-type": "application/json", ...headers };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const asked = await ask(await this.start(), path, { method, headers: sent, ...(body === undefined ? {} : { body: text }) });
    this.answered.push(JSON.stringify(asked.headers) + asked.text);
    return asked;
  }

  async create(body: unknown = fitting): Promise<Asked> {
    return this.call("POST", integrationsUrl, { body });
  }
}

/** Runs the API on a data folder of its own until `work` is done. @returns everything that it answered and logged */
export async function serveDataFolder(folder: string, work: (rig: GitIntegrationsRig) => Promise<void>): Promise<readonly string[]> {
  const storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
  const rig = new GitIntegrationsRig({ database: storage.database });
  await work(rig).finally(() => rig.stop());
  await storage.close();
  return [...rig.answered, ...rig.logged];
}
