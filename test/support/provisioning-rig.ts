import type { ProvisioningOptions } from "../../src/apis/provisioning-v1/options.js";
import { createProvisioningRoutes } from "../../src/apis/provisioning-v1/routes.js";
import type { Callers } from "../../src/callers/callers.js";
import type { AccountRequest, AccountRoute } from "../../src/core/account-route.js";
import { BotDirectory } from "../../src/core/bots.js";
import { PermissionError } from "../../src/core/errors.js";
import type { RoomId } from "../../src/core/ids.js";
import type { RoomQueue } from "../../src/core/ports/room-work.js";
import type { Provisioning } from "../../src/core/provisioning.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import type { Route } from "../../src/http/route.js";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { createMetrics, type Metrics } from "../../src/shared/metrics.js";
import { systemRandom } from "../../src/shared/random.js";
import { ask, type Asked, type AskOptions } from "./ask.js";
import { FakeOperations, FakeRooms, FakeTracker, mainBot, now, room, serviceBot } from "./bot-fakes.js";
import { createServiceContext } from "./service-context.js";

/** Lets the token `right` in; `other` is a token of another API. */
export const fakeCallers: Pick<Callers, "authenticate"> = {
  async authenticate(authorization, scope) {
    if (authorization === "Bearer right") return { name: "test", kind: "token" };
    if (authorization === "Bearer other") throw new PermissionError(`The token lacks the scope ${scope}.`);
    throw new PermissionError("Unauthorized", "HS_BAD_TOKEN");
  },
};

export const right = { authorization: "Bearer right" };

const disabled: ProvisioningOptions["disabledServices"][number] = {
  title: "Forge",
  kinds: [{ ...new FakeTracker().service.kinds[0]!, stateTypes: ["org.example.forge.repository"] }],
  accountRoutes: [{ path: "/forge/account", summary: "Never asked.", answerSchema: {}, run: () => Promise.reject(new Error("Asked")) }],
};

/** The provisioning API over operations that only remember what they were asked. */
export class ProvisioningRig {
  readonly rooms = new FakeRooms();
  readonly operations = new FakeOperations(this.rooms);
  readonly metrics: Metrics = createMetrics();
  readonly accountRequests: AccountRequest[] = [];
  /** What the tracker's provisioning has besides its names. */
  provisioning: Partial<Provisioning<unknown>> = {};
  /** What the account route answers. */
  onAccount: (request: AccountRequest) => Promise<object> = async () => ({ loggedIn: true });
  disabledServices: ProvisioningOptions["disabledServices"] = [disabled];
  clock: Clock = systemClock;
  queue: RoomQueue = { run: (_roomId, task) => task() };
  readonly #listeners: Listener[] = [];

  constructor() {
    this.rooms.records.set(room, { roomId: room, bots: [mainBot], readAt: now });
  }

  /** A person's account, with a parameter in the path and one that is a number. */
  readonly #accountRoute: AccountRoute<unknown> = {
    path: "/tracker/:name/account",
    summary: "Tells of an account.",
    params: { name: "Whose." },
    querySchema: { type: "object", properties: { page: { type: "integer", minimum: 1, default: 1 } } },
    answerSchema: { type: "object", required: ["loggedIn"], properties: { loggedIn: { type: "boolean" } } },
    run: async (request) => {
      this.accountRequests.push(request);
      return this.onAccount(request);
    },
  };

  routes(): readonly Route[] {
    return createProvisioningRoutes(this.options());
  }

  /** Everything that the API stands on. */
  options(): ProvisioningOptions {
    const { service } = new FakeTracker();
    const provisioning: Provisioning<unknown> = {
      ...{ type: "TrackerProject", service: "tracker" },
      provision: () => Promise.reject(new Error("The operations were not asked")),
      ...this.provisioning,
    };
    const kinds = service.kinds.map((kind) => (kind.id === "project" ? { ...kind, provisioning } : kind));
    return {
      callers: fakeCallers,
      ...{ operations: this.operations, queue: this.queue, rooms: this.rooms, metrics: this.metrics, clock: this.clock, log: silentLog() },
      bots: new BotDirectory({ userId: mainBot, prefix: "!hookshot" }, [{ userId: serviceBot, service: "tracker", prefix: "!track" }], []),
      services: [{ service: { ...service, kinds, accountRoutes: [this.#accountRoute] }, context: createServiceContext<unknown>({}) }],
      disabledServices: this.disabledServices,
    };
  }

  async start(): Promise<number> {
    const address = { bindAddress: "127.0.0.1", port: 0 };
    const listener = createListener({ ...address, routes: this.routes(), log: silentLog(), clock: systemClock, random: systemRandom });
    this.#listeners.push(listener);
    return (await listener.start()).port;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.stop()));
  }

  /** One request with the right token, of a server of its own. */
  async ask(method: string, path: string, { body, headers = right }: AskOptions = {}): Promise<Asked> {
    return ask(await this.start(), path, { method, headers, ...(body === undefined ? {} : { body }) });
  }
}

/** A queue whose turns a test gives. */
export class HeldQueue implements RoomQueue {
  readonly waiting: (() => Promise<void>)[] = [];

  run<T>(_roomId: RoomId, task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => task().then(resolve, reject));
    });
  }

  /** Gives everybody who waits their turn. */
  async giveTurns(): Promise<void> {
    for (const run of this.waiting.splice(0)) await run();
  }
}
