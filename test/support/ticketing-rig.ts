import { MemoryLevel } from "memory-level";
import type { TicketingApiOptions } from "../../src/apis/xray-ticketing/parts.js";
import { createTicketingRoutes } from "../../src/apis/xray-ticketing/routes.js";
import { ticketingServiceId } from "../../src/apis/xray-ticketing/schema.js";
import { createCallers } from "../../src/callers/create-callers.js";
import { StorageError } from "../../src/core/errors.js";
import type { HttpClient, HttpRequest } from "../../src/core/ports/http-client.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import type { Route } from "../../src/http/route.js";
import { createGuardedClient } from "../../src/outbound/guarded-client.js";
import type { Lookup } from "../../src/outbound/target-judge.js";
import { createCheckRemote } from "../../src/remotes/check-remote.js";
import { Registry } from "../../src/remotes/registry.js";
import type { TicketingFields } from "../../src/remotes/ticketing-integration.js";
import { TicketingIntegrations } from "../../src/remotes/ticketing.js";
import { createJiraService } from "../../src/services/jira/index.js";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { openStorage } from "../../src/storage/open.js";
import type { Sealer } from "../../src/storage/sealing/sealer.js";
import { createApiTokenStore } from "../../src/storage/stores/api-token-store.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { ask, type Asked } from "./ask.js";
import { JiraStandIn } from "./jira-stand-in.js";
import { sealerOf } from "./sealers.js";

/** `right` is a token of this API, `other` one of another; ada is an administrator. */
const callers = {
  tokens: [
    { name: "scanner", token: new Secret("right"), scopes: ["xray-ticketing"] },
    { name: "stranger", token: new Secret("other"), scopes: ["provisioning", "connectors", "git-integrations"] },
  ],
  admins: [{ name: "ada", password: new Secret("lovelace") }],
};

export const right = { authorization: "Bearer right" };

export const integrationsUrl = "/xray/api/v1/ticketing/jira-integrations";
export const statusUrl = "/xray/api/v1/ticketing/integrations/status/check";

export const plantedPassword = "planted-password-0815";

export interface TicketingRigOptions {
  readonly database?: Database;
  readonly verifiesConnections?: boolean;
  /** `outbound.allow`; loopback unless given. */
  readonly allow?: readonly string[];
  /** `outbound.proxy`. */
  readonly proxy?: string;
  /** The name server; the system's unless given. */
  readonly lookup?: Lookup;
  readonly hasKey?: boolean;
  readonly clock?: Clock;
}

interface Call {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The ticketing API with a real check of Jiras on loopback, over a database in memory unless one is given. */
export class TicketingRig implements UnitOfWork {
  readonly logged: string[] = [];
  readonly log = createLog(
    { level: "trace", json: true, colorize: false, timestampFormat: "" },
    { write: (line) => void this.logged.push(line) },
  );
  readonly database: Database;
  readonly integrations: TicketingIntegrations;
  /** What was asked of the guarded client. */
  readonly asked: HttpRequest[] = [];
  /** Every answer's text and headers. */
  readonly answered: string[] = [];
  isDiskFull = false;
  /** Runs before a request is sent to a Jira. */
  onAsk: (request: HttpRequest) => Promise<void> | void = () => undefined;
  readonly #clock: Clock;
  readonly #work: GroupCommit;
  readonly #guarded: ReturnType<typeof createGuardedClient>;
  readonly #ends: (() => Promise<void>)[] = [];
  #listener: Listener | undefined;
  #started: Promise<{ readonly port: number }> | undefined;

  constructor(options: TicketingRigOptions = {}) {
    const { allow = ["127.0.0.0/8"], proxy, lookup, hasKey = true, verifiesConnections = true, clock = systemClock } = options;
    this.#guarded = createGuardedClient({
      ...{ userAgent: "test", allow },
      ...(proxy === undefined ? {} : { proxy }),
      ...(lookup === undefined ? {} : { lookup }),
    });
    this.#clock = clock;
    this.database = options.database ?? new MemoryLevel<string, string>();
    this.#work = new GroupCommit({ database: this.database, location: "memory", recover: () => Promise.resolve() });
    const http: HttpClient = { request: (request) => this.#request(request), check: (url) => this.#guarded.check(url) };
    const { log } = this;
    this.integrations = new TicketingIntegrations({
      ...{ http, clock, log, verifiesConnections, serviceId: ticketingServiceId },
      registry: this.#registry(hasKey ? sealerOf("a") : undefined),
      checkRemote: createCheckRemote({ services: [createJiraService()], http, clock, log }),
    });
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    if (this.isDiskFull) throw new StorageError("The disk is full.");
    await this.#work.commit(changes);
  }

  routes(): readonly Route[] {
    return createTicketingRoutes(this.options());
  }

  options(): TicketingApiOptions {
    const { log, integrations, database } = this;
    const common = { clock: this.#clock, log };
    const store = createApiTokenStore(database);
    return {
      ...common,
      integrations,
      callers: createCallers({ ...common, store, unitOfWork: this, random: systemRandom, config: callers }),
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
    await Promise.all([this.#listener?.stop(), this.#guarded.close(), ...this.#ends.map((end) => end())]);
  }

  /** A Jira with an account `ada`, whose password and token are the planted one. */
  async startJira(
    options: { readonly createsIssues?: boolean; readonly contextPath?: string; readonly password?: string } = {},
  ): Promise<JiraStandIn> {
    const { createsIssues = true, contextPath = "", password = plantedPassword } = options;
    const jira = await JiraStandIn.start({ deployment: "server", credential: { token: "unused" }, contextPath });
    this.#ends.push(() => jira.stop());
    jira.addAccount({ name: "ada", token: password, password, createsIssues });
    return jira;
  }

  /** One request with the right token; a body that is no string is sent as JSON. */
  async call(method: string, path: string, { body, headers = right }: Call = {}): Promise<Asked> {
    const sent = body === undefined ? headers : { "content-type": "application/json", ...headers };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const asked = await ask(await this.start(), path, { method, headers: sent, ...(body === undefined ? {} : { body: text }) });
    this.answered.push(JSON.stringify(asked.headers) + asked.text);
    return asked;
  }

  async create(body: object): Promise<Asked> {
    return this.call("POST", integrationsUrl, { body });
  }

  #registry(sealer: Sealer | undefined): Registry<TicketingFields> {
    const store = createRecordStore<TicketingFields>(this.database, "ticketing-integrations", sealer);
    return new Registry({ store, unitOfWork: this, clock: this.#clock, hasUniqueNames: true });
  }

  async #request(request: HttpRequest): ReturnType<HttpClient["request"]> {
    this.asked.push(request);
    await this.onAsk(request);
    return this.#guarded.request(request);
  }
}

/** An integration that fits, with the planted password. */
export function fitting(url: string, more: object = {}): object {
  return {
    connection_name: "cloudProjectABC",
    auth_type: "basic",
    username: "ada",
    password: plantedPassword,
    installation_type: "server",
    jira_server_url: url,
    ...more,
  };
}

/** Runs the API on a data folder of its own until `work` is done. @returns everything that it answered and logged */
export async function serveDataFolder(folder: string, work: (rig: TicketingRig) => Promise<void>): Promise<readonly string[]> {
  const storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
  const rig = new TicketingRig({ database: storage.database });
  await work(rig).finally(() => rig.stop());
  await storage.close();
  return [...rig.answered, ...rig.logged];
}
