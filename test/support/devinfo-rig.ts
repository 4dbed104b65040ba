import { MemoryLevel } from "memory-level";
import { DevinfoIntake } from "../../src/apis/devinfo/intake.js";
import { createIssueRoute } from "../../src/apis/devinfo/issue-route.js";
import { createDevinfoRoutes } from "../../src/apis/devinfo/routes.js";
import { connectProductType } from "../../src/apis/devinfo/schema.js";
import { createTokenRoute } from "../../src/apis/devinfo/token-route.js";
import { createCallers } from "../../src/callers/create-callers.js";
import { createDevinfoAccess } from "../../src/callers/create-devinfo-access.js";
import type { DevinfoEntityType, StoredEntry } from "../../src/core/devinfo.js";
import { createDevinfo } from "../../src/devinfo/create-devinfo.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import type { Route } from "../../src/http/route.js";
import { systemClock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createApiTokenStore } from "../../src/storage/stores/api-token-store.js";
import { createDevinfoClientStore } from "../../src/storage/stores/devinfo-client-store.js";
import { createDevinfoStore } from "../../src/storage/stores/devinfo-store.js";
import { ask, type Asked } from "./ask.js";
import { signed } from "./connect-signer.js";
import type { Sent } from "./devinfo-samples.js";
import { MovableClock } from "./movable-clock.js";
import { sealerOf } from "./sealers.js";

export const secrets = {
  ci: "planted-secret-of-ci",
  app: "planted-secret-of-the-app-as-long-as-they-are",
  readingApp: "planted-secret-of-another-app",
  api: "planted-token-of-our-other-apis",
};

const api = "/rest/devinfo/0.10";
/** The Connect app with all scopes. */
const appKey = "com.example.app";

function client(clientId: string, scope: "READ" | "WRITE" | "DELETE", provider = clientId) {
  const clientSecret = new Secret(clientId === "ci" ? secrets.ci : `planted-secret-of-${clientId}`);
  return { clientId, clientSecret, scopes: [scope] as const, provider };
}

const config = {
  clients: [
    client("ci", "DELETE"),
    client("second", "DELETE", "ci"),
    client("other", "DELETE"),
    client("reader", "READ", "ci"),
    client("writer", "WRITE", "ci"),
  ],
  connectApps: [
    { key: appKey, sharedSecret: new Secret(secrets.app), scopes: ["DELETE"] as const },
    { key: "com.example.reader", sharedSecret: new Secret(secrets.readingApp), scopes: ["READ"] as const },
  ],
};

export interface DevinfoRigOptions {
  /** Listener's. */
  readonly prefix?: string;
  readonly publicUrl?: string;
}

interface Call {
  readonly body?: unknown;
  /** A client's id, or `app`. */
  readonly as?: string;
  /** With these, nobody calls but whom they name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** As the API answers them. */
export type ReadEntity = Sent & { readonly id: string };

export interface ReadRepository {
  readonly id: string;
  readonly name: string;
  readonly updateSequenceId: number;
  readonly commits: readonly ReadEntity[];
  readonly branches: readonly ReadEntity[];
  readonly pullRequests: readonly ReadEntity[];
}

interface ErrorMessage {
  readonly message: string;
}

interface FailedEntity {
  readonly id: string;
  readonly errorMessages: readonly ErrorMessage[];
}

export interface StoreResult {
  readonly acceptedDevinfoEntities: Readonly<Record<string, Readonly<Record<"commits" | "branches" | "pullRequests", readonly string[]>>>>;
  readonly failedDevinfoEntities: Readonly<
    Record<
      string,
      { readonly errorMessages?: readonly ErrorMessage[] } & Partial<
        Record<"commits" | "branches" | "pullRequests", readonly FailedEntity[]>
      >
    >
  >;
  readonly unknownIssueKeys: readonly string[];
}

/**
 * The Development Information API as a whole behind a listener on loopback: its callers and its engine, over a database in memory. Projects are
 * known whose key is PLAY. Nothing listens to what is stored.
 */
export class DevinfoRig {
  readonly clock = new MovableClock();
  readonly cloudId = "6a1ef3a8-42a5-4d3b-9d35-0a3f6f1b8f0e";
  readonly logged: string[] = [];
  readonly log = createLog(
    { level: "trace", json: true, colorize: false, timestampFormat: "" },
    { write: (line) => void this.logged.push(line) },
  );
  readonly #options: DevinfoRigOptions;
  readonly #database = new MemoryLevel<string, string>();
  readonly #work = new GroupCommit({ database: this.#database, location: "memory", recover: () => Promise.resolve() });
  readonly #intake = new DevinfoIntake({ clock: systemClock });
  readonly #engine = createDevinfo({
    ...{ store: createDevinfoStore(this.#database), clock: this.clock, log: this.log, observers: [] },
    commit: (changes) => this.#work.commit(changes),
  });
  readonly #access = createDevinfoAccess({
    ...{ config, store: createDevinfoClientStore(this.#database, sealerOf("a")), unitOfWork: this.#work },
    ...{ clock: this.clock, random: systemRandom, log: this.log },
    ...{ publicUrl: undefined, installKeysPath: "/", productType: connectProductType },
    http: { request: () => Promise.reject(new TypeError("a request was made")) },
  });
  readonly #tokens = new Map<string, string>();
  #listener: Listener | undefined;
  #started: Promise<{ readonly port: number }> | undefined;

  constructor(options: DevinfoRigOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<number> {
    if (this.#listener === undefined) {
      const { log } = this;
      const address = { bindAddress: "127.0.0.1", port: 0, prefix: this.#options.prefix ?? "" };
      this.#listener = createListener({ ...address, routes: this.#routes(), log, clock: systemClock, random: systemRandom });
      this.#engine.start();
      this.#started = this.#listener.start();
    }
    return (await this.#started)?.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
    await Promise.all([this.#intake.stop(), this.#engine.stop()]);
  }

  async origin(): Promise<string> {
    return `http://127.0.0.1:${await this.start()}`;
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    // Tokens are good for a quarter of an hour.
    this.#tokens.clear();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A Bearer token of a client, the same one until the clock is moved. */
  async token(clientId = "ci"): Promise<string> {
    const known = this.#tokens.get(clientId);
    if (known !== undefined) return known;
    const secret = config.clients.find((one) => one.clientId === clientId)?.clientSecret.reveal() ?? "";
    const token = (await this.#access.callers.grantToken(clientId, secret)).accessToken.reveal();
    this.#tokens.set(clientId, token);
    return token;
  }

  /** One request; what does not begin with a slash stands below the API's first prefix. A body that is no text is sent as JSON. */
  async call(method: string, path: string, { body, as = "ci", headers }: Call = {}): Promise<Asked> {
    const target = path.startsWith("/") ? path : `${api}/${path}`;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const authorization = as === "app" ? this.#signature(method, target) : `Bearer ${await this.token(as)}`;
    const sent = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers };
    return ask(await this.start(), target, { method, headers: sent, ...(body === undefined ? {} : { body: text }) });
  }

  /** Stores it. @throws Error unless it was taken */
  async store(repositories: readonly Sent[], envelope: Sent = {}, as = "ci"): Promise<StoreResult> {
    return this.storeText(JSON.stringify({ repositories, ...envelope }), as);
  }

  async storeText(text: string, as = "ci"): Promise<StoreResult> {
    const answer = await this.call("POST", "bulk", { body: text, as });
    if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
    // The API's shape, here and below: what it says is for tests to judge.
    return answer.json() as StoreResult;
  }

  /** @throws Error for one that there is not */
  async read(repositoryId: string, as = "ci"): Promise<ReadRepository> {
    const answer = await this.call("GET", `repository/${repositoryId}`, { as });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.json() as ReadRepository;
  }

  /** One entity as it is stored, be it among the newest or not. */
  async entity(repositoryId: string, type: DevinfoEntityType, id: string, provider = "ci"): Promise<StoredEntry | undefined> {
    for (let after = "", page: readonly StoredEntry[]; ; after = page.at(-1)?.id ?? "") {
      page = await this.#engine.list(provider, repositoryId, type, after, 500);
      const found = page.find((entry) => entry.id === id);
      if (found !== undefined || page.length === 0) return found;
    }
  }

  /** What the issue's own route answers, as `provider repository type id`. */
  async foundBy(key: string): Promise<readonly string[]> {
    const answer = await this.call("GET", `/api/v1/issues/${key}/devinfo`, { headers: { authorization: `Bearer ${secrets.api}` } });
    const { entities } = answer.json() as {
      readonly entities: readonly { provider: string; repository: { id: string }; type: string; id: string }[];
    };
    return entities.map(({ provider, repository, type, id }) => `${provider} ${repository.id} ${type} ${id}`);
  }

  #routes(): readonly Route[] {
    const { log, cloudId, clock } = this;
    const { prefix = "", publicUrl } = this.#options;
    const devinfo = this.#engine;
    const callers = createCallers({
      ...{ clock, log, random: systemRandom, store: createApiTokenStore(this.#database), unitOfWork: this.#work },
      config: { tokens: [{ name: "program", token: new Secret(secrets.api), scopes: ["devinfo"] }], admins: [] },
    });
    return [
      ...createDevinfoRoutes({
        ...{ callers: this.#access.callers, devinfo, intake: this.#intake, cloudId, log, maxBodyBytes: 33_554_432 },
        knownProjects: { isKnown: (project) => project === "PLAY" },
        place: { prefix, ...(publicUrl === undefined ? {} : { publicUrl }) },
      }),
      createTokenRoute({ callers: this.#access.callers, tag: "devinfo" }),
      createIssueRoute({ callers, devinfo }),
    ];
  }

  #signature(method: string, target: string): string {
    return signed(method, target, { key: appKey, secret: secrets.app, now: this.clock.now() });
  }
}
