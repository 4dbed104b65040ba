import { RemoteError } from "../core/errors.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { RegisteredRecord } from "../core/ports/record-store.js";
import type { CheckOutcome, KnownRemote, RemoteKind } from "../core/registered-remote.js";
import type { CheckRemote } from "./check-remote.js";
import { findParamProblems, isSecretParam, type ParamProblems } from "./connector-params.js";
import { addressOfTracker, projectsOfConnector, remoteOfConnector } from "./connector-remote.js";
import type { ConnectorSystem } from "./connector-system.js";
import type { RemoteSource, StoredRemote } from "./directory.js";
import { issueHabitsOf } from "./issue-habits.js";
import { wrong, type FieldProblem, type Params, type ParamValue } from "./param-rules.js";
import type { Draft, NameTaken, Registry } from "./registry.js";

/** A connector as it lies in the store. */
export interface ConnectorFields {
  readonly system: string;
  readonly inaccessible: boolean;
  /** In the order in which they came. Null stands for a secret one. */
  readonly params: Readonly<Record<string, ParamValue | null>>;
}

/** A registered issue tracker, as whoever registered it gave it. */
export interface Connector {
  readonly id: number;
  readonly name: string;
  readonly system: ConnectorSystem;
  /** It cannot be reached from this server. */
  readonly inaccessible: boolean;
  readonly params: Params;
}

export type ConnectorDraft = Omit<Connector, "id">;

export type ConnectorChange =
  { readonly kind: "changed" | "unchanged"; readonly connector: Connector } | { readonly kind: "unknown" } | NameTaken;

export interface ConnectorsOptions {
  readonly registry: Registry<ConnectorFields>;
  readonly systems: readonly ConnectorSystem[];
  /** The guarded client, which judges addresses as they are typed. */
  readonly http: Pick<HttpClient, "check">;
  readonly checkRemote: CheckRemote;
}

/** The registered issue trackers. None of them is asked for anything but by `test`. */
export class Connectors implements RemoteSource {
  readonly kind: RemoteKind = "connector";
  readonly #options: ConnectorsOptions;

  constructor(options: ConnectorsOptions) {
    this.#options = options;
  }

  /** All of them, by id. */
  async list(): Promise<readonly Connector[]> {
    return (await this.#options.registry.all()).map((record) => this.#read(record));
  }

  async get(id: number): Promise<Connector | undefined> {
    const record = await this.#options.registry.get(id);
    return record === undefined ? undefined : this.#read(record);
  }

  /** Those of systems that a service speaks to. */
  async listRemotes(): Promise<readonly KnownRemote[]> {
    return (await this.list()).flatMap((connector) => knownConnector(connector) ?? []);
  }

  async listStoredOnly(): Promise<readonly StoredRemote[]> {
    const stored = (await this.list()).filter(({ system }) => system.serviceId === undefined);
    return stored.map(({ id, name }) => ({ kind: this.kind, id, name }));
  }

  async findRemote(id: number): Promise<KnownRemote | undefined> {
    const connector = await this.get(id);
    return connector && knownConnector(connector);
  }

  async findRemoteNamed(name: string): Promise<KnownRemote | undefined> {
    const record = await this.#options.registry.findByName(name);
    return record && knownConnector(this.#read(record));
  }

  /** @param exceptId whose own name it may be */
  async isNameTaken(name: string, exceptId?: number): Promise<boolean> {
    const record = await this.#options.registry.findByName(name);
    return record !== undefined && record.id !== exceptId;
  }

  systemOf(id: string): ConnectorSystem | undefined {
    return this.#options.systems.find((system) => system.id === id);
  }

  /**
   * Everything that does not fit in params as somebody sent them. Addresses in figures are judged here; names are when a request is sent.
   * @param system undefined when it is not known either: then only what all systems share is checked
   */
  findProblems(params: Readonly<Record<string, unknown>>, system: ConnectorSystem | undefined): ParamProblems {
    const problems = findParamProblems(params, system);
    const { issue_tracker_server: server } = params;
    const isServer = typeof server === "string" && !problems.has("issue_tracker_server");
    // Scheme and path make no other host of it, so it is judged whatever is wrong with these.
    const refused = isServer ? this.#judge({ issue_tracker_server: server }) : undefined;
    return refused === undefined ? problems : new Map([...problems, ["issue_tracker_server", refused]]);
  }

  /** @param draft whose params have no problems. @throws StorageError */
  async create(draft: ConnectorDraft): Promise<{ readonly kind: "created"; readonly connector: Connector } | NameTaken> {
    const outcome = await this.#options.registry.create(toRecord(draft));
    return outcome.kind === "created" ? { kind: "created", connector: this.#read(outcome.record) } : outcome;
  }

  /**
   * @param edit makes of the connector, as it is when it has its turn, what it shall be
   * @throws what `edit` throws; StorageError
   */
  async change(id: number, edit: (connector: Connector) => Promise<ConnectorDraft>): Promise<ConnectorChange> {
    const outcome = await this.#options.registry.change(id, async (record) => toRecord(await edit(this.#read(record))));
    if (outcome.kind === "unknown" || outcome.kind === "name taken") return outcome;
    return { kind: outcome.kind, connector: this.#read(outcome.record) };
  }

  /** @returns what was removed */
  async remove(id: number): Promise<Pick<Connector, "id" | "name"> | undefined> {
    return this.#options.registry.remove(id);
  }

  /**
   * Asks the tracker whether the account works.
   * @returns undefined for a system that is only stored
   */
  async test({ system, params }: Pick<ConnectorDraft, "system" | "params">): Promise<CheckOutcome | undefined> {
    const remote = remoteOfConnector(system, params);
    return remote === undefined ? undefined : this.#options.checkRemote(remote);
  }

  #judge(params: Params): FieldProblem | undefined {
    try {
      this.#options.http.check?.(addressOfTracker(params));
      return undefined;
    } catch (error) {
      if (error instanceof RemoteError) return wrong(error.message);
      throw error;
    }
  }

  #read({ id, name, fields, secrets }: RegisteredRecord<ConnectorFields>): Connector {
    const system = this.systemOf(fields.system);
    if (system === undefined) throw new TypeError(`A connector is stored for a system that this version does not know: ${fields.system}`);
    return { id, name, system, inaccessible: fields.inaccessible, params: joinParams(fields.params, secrets) };
  }
}

function knownConnector({ id, name, system, inaccessible, params }: Connector): KnownRemote | undefined {
  const remote = remoteOfConnector(system, params);
  if (remote === undefined) return undefined;
  const projects = projectsOfConnector(system, params);
  const issues = issueHabitsOf(system, params);
  return {
    ...remote,
    ...{ key: `connector-${id}`, kind: "connector", id, name },
    ...(projects.length === 0 ? {} : { projects }),
    ...(inaccessible ? { isInaccessible: true } : {}),
    ...(issues === undefined ? {} : { issues }),
  };
}

/** Secret values lie apart, as JSON: what is a number comes back as one. */
function toRecord({ name, system, inaccessible, params }: ConnectorDraft): Draft<ConnectorFields> {
  const entries = Object.entries(params);
  return {
    name,
    fields: {
      system: system.id,
      inaccessible,
      params: Object.fromEntries(entries.map(([param, value]) => [param, isSecretParam(param) ? null : value])),
    },
    secrets: Object.fromEntries(entries.flatMap(([param, value]) => (isSecretParam(param) ? [[param, JSON.stringify(value)]] : []))),
  };
}

function joinParams(params: ConnectorFields["params"], secrets: Readonly<Record<string, string>>): Params {
  return Object.fromEntries(
    Object.entries(params).map(([param, value]) => {
      // The cast: `toRecord` wrote it.
      return [param, value ?? (JSON.parse(secrets[param] ?? '""') as ParamValue)];
    }),
  );
}
