import { DevinfoIntake } from "../../src/apis/devinfo/intake.js";
import type { DevinfoApiOptions } from "../../src/apis/devinfo/parts.js";
import { createDevinfoRoutes } from "../../src/apis/devinfo/routes.js";
import type { DevinfoCaller, DevinfoScope, SignedRequest } from "../../src/callers/devinfo-callers.js";
import { PermissionError } from "../../src/core/errors.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import type { Route } from "../../src/http/route.js";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { ask, type Asked } from "./ask.js";
import { ManualClock } from "./manual-clock.js";
import { MemoryDevinfo } from "./memory-devinfo.js";

export const cloudId = "11111111-2222-3333-4444-555555555555";
export const bulk = "/rest/devinfo/0.10/bulk";

export interface DevinfoApiRigOptions {
  readonly perMinute?: number;
  readonly maxBodyBytes?: number;
  /** Listener's. */
  readonly prefix?: string;
  readonly publicUrl?: string;
}

interface Call {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Tokens with their scopes; `other` belongs to another provider. */
const callers: Readonly<Record<string, readonly DevinfoScope[]>> = {
  all: ["READ", "WRITE", "DELETE"],
  write: ["READ", "WRITE"],
  read: ["READ"],
  other: ["READ", "WRITE", "DELETE"],
  bound: ["READ", "WRITE"],
};

/** The Development Information API over a store in memory. Projects are known whose key begins with PLAY. */
export class DevinfoApiRig {
  readonly clock = new ManualClock();
  readonly devinfo = new MemoryDevinfo();
  readonly logged: string[] = [];
  readonly log = createLog(
    { level: "trace", json: true, colorize: false, timestampFormat: "" },
    { write: (line) => void this.logged.push(line) },
  );
  /** What callers were known by. */
  readonly signed: SignedRequest[] = [];
  readonly intake: DevinfoIntake;
  /** Before a caller is told, if set. */
  onAuthenticate: () => void | Promise<void> = () => undefined;
  readonly #options: DevinfoApiRigOptions;
  #listener: Listener | undefined;
  #port: number | undefined;

  constructor(options: DevinfoApiRigOptions = {}) {
    this.#options = options;
    const { perMinute } = options;
    // Threads say things in real time; the window of requests is the test's.
    const clock: Clock = { now: () => this.clock.now(), after: (delayMs, run) => systemClock.after(delayMs, run) };
    this.intake = new DevinfoIntake({ clock, ...(perMinute === undefined ? {} : { rateLimit: { perMinute } }) });
  }

  options(): DevinfoApiOptions {
    const { prefix = "", publicUrl, maxBodyBytes = 33_554_432 } = this.#options;
    return {
      callers: { authenticate: (request) => this.#authenticate(request) },
      devinfo: this.devinfo,
      intake: this.intake,
      knownProjects: { isKnown: (project) => project.startsWith("PLAY") },
      ...{ cloudId, maxBodyBytes, log: this.log },
      place: { prefix, ...(publicUrl === undefined ? {} : { publicUrl }) },
    };
  }

  routes(): readonly Route[] {
    return createDevinfoRoutes(this.options());
  }

  async start(): Promise<number> {
    const address = { bindAddress: "127.0.0.1", port: 0, prefix: this.#options.prefix ?? "" };
    this.#listener ??= createListener({ ...address, routes: this.routes(), log: this.log, clock: systemClock, random: systemRandom });
    this.#port ??= (await this.#listener.start()).port;
    return this.#port;
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
    await this.intake.stop();
  }

  /** One request; a body that is neither text nor bytes is sent as JSON. */
  async call(method: string, path: string, { body, token = "all", headers }: Call = {}): Promise<Asked> {
    const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const sent = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers };
    return ask(await this.start(), path, { method, headers: sent, ...(body === undefined ? {} : { body: bytes }) });
  }

  async #authenticate(request: SignedRequest): Promise<DevinfoCaller> {
    this.signed.push(request);
    await this.onAuthenticate();
    const name = /^Bearer (\w+)$/.exec(request.authorization ?? "")?.[1] ?? "";
    const scopes = Object.hasOwn(callers, name) ? callers[name] : undefined;
    if (scopes === undefined) throw new PermissionError("The token is missing or wrong.", "HS_BAD_TOKEN");
    const instance = name === "bound" ? { instance: "main" } : {};
    return { name, provider: name === "other" ? "other" : "ci", scopes: new Set(scopes), ...instance };
  }
}
