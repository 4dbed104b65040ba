import { MemoryLevel } from "memory-level";
import type { ConnectorsApiOptions } from "../../src/apis/connectors/parts.js";
import { createConnectorRoutes } from "../../src/apis/connectors/routes.js";
import { connectorSystems } from "../../src/apis/connectors/schema.js";
import { createCallers } from "../../src/callers/create-callers.js";
import type { HttpClient } from "../../src/core/ports/http-client.js";
import type { CheckOutcome, RegisteredRemote } from "../../src/core/registered-remote.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import type { Route } from "../../src/http/route.js";
import { createGuardedClient } from "../../src/outbound/guarded-client.js";
import type { Lookup } from "../../src/outbound/target-judge.js";
import { createCheckRemote, type CheckingService } from "../../src/remotes/check-remote.js";
import { Connectors } from "../../src/remotes/connectors.js";
import { Registry } from "../../src/remotes/registry.js";
import { systemClock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createApiTokenStore } from "../../src/storage/stores/api-token-store.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import type { FindingsReport, ReportResult } from "../../src/ticketing/finding.js";
import { summarise } from "../../src/ticketing/summary.js";
import { ask, type Asked } from "./ask.js";
import { ManualClock } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";

/**
 * `right` may do everything with connectors, `read` may look, `other` is a token of another API; `scan` may report findings, and `narrow`
 * too, for one target.
 */
const tokens = [
  { name: "editor", token: new Secret("right"), scopes: ["connectors"] },
  { name: "reader", token: new Secret("read"), scopes: ["connectors:read"] },
  { name: "stranger", token: new Secret("other"), scopes: ["provisioning"] },
  { name: "scanner", token: new Secret("scan"), scopes: ["findings"] },
  { name: "narrow scanner", token: new Secret("narrow"), scopes: ["findings"], targets: ["connector/main"] },
];

export const right = { authorization: "Token right" };

/** A connector that fits; with an address that nobody has. */
export const fitting = {
  name: "My GitHub",
  system: { id: "github" },
  params: { issue_tracker_server: "github.test", issue_tracker_api_token: "planted-token", github_repo_owner: "octo" },
};

export interface ConnectorsRigOptions {
  readonly database?: Database;
  /** Listener's. */
  readonly prefix?: string;
  readonly publicUrl?: string;
  /** Services that test remotes; unless given, one for each system, which does what `onCheck` says. */
  readonly services?: readonly CheckingService[];
  /** `outbound.allow`. */
  readonly allow?: readonly string[];
  /** The name server; the system's unless given. */
  readonly lookup?: Lookup;
}

interface Call {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The connectors API over a database in memory. */
export class ConnectorsRig {
  readonly clock = new ManualClock();
  readonly logged: string[] = [];
  readonly log = createLog(
    { level: "trace", json: true, colorize: false, timestampFormat: "" },
    { write: (line) => void this.logged.push(line) },
  );
  readonly database: Database;
  readonly connectors: Connectors;
  /** Remotes that were tested. */
  readonly checked: RegisteredRemote[] = [];
  onCheck: (remote: RegisteredRemote) => Promise<CheckOutcome> = () => Promise.resolve({ isGood: true });
  /** Findings that were reported. */
  readonly reported: FindingsReport[] = [];
  onReport: (report: FindingsReport) => Promise<ReportResult> = ({ findings }) =>
    Promise.resolve({
      kind: "done",
      summary: summarise(
        findings,
        findings.map(() => ({ outcome: "unchanged" })),
      ),
    });
  readonly #options: ConnectorsRigOptions;
  readonly #guarded: ReturnType<typeof createGuardedClient>;
  #listener: Listener | undefined;
  #port: number | undefined;

  constructor(options: ConnectorsRigOptions = {}) {
    this.#options = options;
    this.#guarded = createGuardedClient({
      ...{ userAgent: "test", allow: options.allow ?? [] },
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    });
    this.database = options.database ?? new MemoryLevel<string, string>();
    const { clock, log } = this;
    const http: HttpClient = this.#guarded;
    const checkRemote = createCheckRemote({ services: options.services ?? this.#fakeServices(), http, clock, log });
    this.connectors = new Connectors({ registry: this.#registry(), systems: connectorSystems, http, checkRemote });
  }

  routes(): readonly Route[] {
    return createConnectorRoutes(this.options());
  }

  options(): ConnectorsApiOptions {
    const { connectors, clock, log } = this;
    const { prefix = "", publicUrl } = this.#options;
    const findings = {
      report: (report: FindingsReport): Promise<ReportResult> => {
        this.reported.push(report);
        return this.onReport(report);
      },
    };
    return {
      callers: this.callers(),
      connectors,
      findings,
      clock,
      log,
      place: { prefix, ...(publicUrl === undefined ? {} : { publicUrl }) },
    };
  }

  callers(): ReturnType<typeof createCallers> {
    const { clock, log, database } = this;
    const store = createApiTokenStore(database);
    return createCallers({ config: { tokens, admins: [] }, store, unitOfWork: this.#unitOfWork(), clock, random: systemRandom, log });
  }

  async start(): Promise<number> {
    const address = { bindAddress: "127.0.0.1", port: 0, prefix: this.#options.prefix ?? "" };
    const { log } = this;
    this.#listener ??= createListener({ ...address, routes: this.routes(), log, clock: systemClock, random: systemRandom });
    this.#port ??= (await this.#listener.start()).port;
    return this.#port;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#listener?.stop(), this.#guarded.close()]);
  }

  /** One request; a body that is no string is sent as JSON. Slashes at the end are the test's own. */
  async call(method: string, path: string, { body, token = "right", headers }: Call = {}): Promise<Asked> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = { authorization: `Token ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    return ask(await this.start(), path, { method, headers: headers ?? sent, ...(body === undefined ? {} : { body: text }) });
  }

  /** Registers connectors like the fitting one, by their names. */
  async register(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const answer = await this.call("POST", "/api/v2/connectors/issue-tracker/", { body: { ...fitting, name } });
      if (answer.status !== 201) throw new Error(answer.text);
    }
  }

  #registry(): ConstructorParameters<typeof Connectors>[0]["registry"] {
    const store = createRecordStore<never>(this.database, "connectors", sealerOf("a"));
    return new Registry({ store, unitOfWork: this.#unitOfWork(), clock: this.clock, hasUniqueNames: true });
  }

  #unitOfWork(): GroupCommit {
    return new GroupCommit({ database: this.database, location: "memory", recover: () => Promise.resolve() });
  }

  #fakeServices(): readonly CheckingService[] {
    const check = (remote: RegisteredRemote): Promise<CheckOutcome> => {
      this.checked.push(remote);
      return this.onCheck(remote);
    };
    return connectorSystems.flatMap(({ serviceId, shortName }) =>
      serviceId === undefined ? [] : [{ id: serviceId, title: shortName, remote: { check } }],
    );
  }
}
