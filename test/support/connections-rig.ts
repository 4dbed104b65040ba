import { MemoryLevel } from "memory-level";
import { applyStaticConnections } from "../../src/connections/apply-static-connections.js";
import { createConnectionOperations } from "../../src/connections/create-operations.js";
import type { ConnectionDependencies } from "../../src/connections/dependencies.js";
import type { ConnectionOperations } from "../../src/connections/operations.js";
import { createStaticConnections, type ConfiguredConnection } from "../../src/connections/static-connections.js";
import { BotDirectory } from "../../src/core/bots.js";
import { ValidationError } from "../../src/core/errors.js";
import type { Connection } from "../../src/core/connection.js";
import type { RoomId, UserId } from "../../src/core/ids.js";
import { createPermissions, type PermissionRule } from "../../src/core/permissions.js";
import type { ConnectionIndex } from "../../src/core/ports/connection-index.js";
import type { RoomStore } from "../../src/core/ports/room-store.js";
import type { Provisioned, Provisioning, ProvisionInput } from "../../src/core/provisioning.js";
import type { RoomQueue } from "../../src/core/ports/room-work.js";
import type { ActiveService, AuthorizeInput, ConnectionKind, ConnectionTarget, Consent, Service } from "../../src/core/service.js";
import { KeyedMutex } from "../../src/delivery/keyed-mutex.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { openConnectionIndex } from "../../src/storage/stores/connection-index.js";
import { createIntentionStore } from "../../src/storage/stores/intention-store.js";
import { createMetaStore } from "../../src/storage/stores/meta-store.js";
import { createRoomStore } from "../../src/storage/stores/room-store.js";
import { ManualClock } from "./manual-clock.js";
import { hookKinds } from "./hook-kind.js";
import { FakeRoomServer, mainBot } from "./room-fakes.js";
import { createServiceContext } from "./service-context.js";

export const room: RoomId = "!room:example.org";
export { mainBot } from "./room-fakes.js";
export const trackerBot: UserId = "@tracker:example.org";
/** May manage connections, and has the power to. */
export const alice: UserId = "@alice:example.org";
/** Has power in rooms and no right in the configuration. */
export const mallory: UserId = "@mallory:evil.example";

export const canonicalType = "org.example.tracker.project";
export const legacyType = "com.example.old-tracker.project";
export const url = "https://tracker.example/projects/PLAY";

const kind: ConnectionKind<unknown> = {
  id: "project",
  title: "Tracker project",
  stateTypes: [canonicalType, legacyType],
  stateSchema: {
    type: "object",
    required: ["url"],
    properties: {
      url: { type: "string", minLength: 1 },
      id: { type: "string" },
      events: { type: "array", items: { type: "string", enum: ["created", "updated"] }, default: ["created"] },
      quiet: { type: "boolean" },
      limit: { type: ["number", "null"] },
      filters: { type: "object" },
      commandPrefix: { type: "string", minLength: 2 },
      priority: { type: "number" },
    },
  },
  normalise: (content) => (content["events"] === "all" ? { ...content, events: ["created", "updated"] } : content),
  remoteKeys: (state) => [resourceOf(state), ...(typeof state["id"] === "string" ? [`id ${state["id"]}`] : [])],
  resourceKey: (state) => resourceOf(state),
  defaultCommandPrefix: "!track",
  describe: (state) => ({ name: String(state["url"]).slice(-4) }),
  isNamed: () => false,
  grant: (state) => ({ type: "tracker", id: `url:${String(state["url"])}` }),
  beyondGrant: ({ id }) => (typeof id === "string" ? id : undefined),
  render: () => ({ kind: "ignored", reason: "the tests render nothing" }),
};

/** Throws for what is no URL, as a careless kind would. */
function resourceOf(state: Readonly<Record<string, unknown>>): string {
  const { host, pathname } = new URL(String(state["url"]));
  return `${host}${pathname}`;
}

export const target: ConnectionTarget = { kindId: "project", stateKey: url, state: { url }, name: "PLAY", remote: "tracker" };

/** A change as a service gives it for what it learnt. */
export const learnt = { type: "put", key: "learnt by the tracker", value: "PLAY" } as const;

/** The account data type of the grant for `url`; the digest is what `md5sum` gives for `url:https://tracker.example/projects/PLAY`. */
export const grantType = "uk.half-shot.matrix-hookshot.grant/tracker/ba63d490a8fa90c46acf44373b7f3872";

export interface Rig {
  readonly server: FakeRoomServer;
  readonly operations: ConnectionOperations;
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly unitOfWork: GroupCommit;
  readonly database: MemoryLevel<string, string>;
  readonly bots: BotDirectory;
  readonly queue: RoomQueue;
  readonly clock: ManualClock;
  readonly tracker: ActiveService;
  /** A service whose connections have secret ids; it needs the same rights and has the same bot as the tracker. */
  readonly hooks: ActiveService;
  /** Messages of all levels. */
  readonly log: string[];
  readonly logger: ConnectionDependencies["log"];
  /** What the remote answers when it is asked for consent; grants unless set. */
  consent: (input: AuthorizeInput) => Consent | Promise<Consent>;
  readonly asked: AuthorizeInput[];
  /** What the tracker makes of a configuration that a program sent: what stands in it, unless set. */
  provision: (input: ProvisionInput) => Provisioned | Promise<Provisioned>;
  /** What the tracker was asked to make of configurations. */
  readonly provisioned: ProvisionInput[];
  readonly undecided: RoomId[];
  /** Rooms whose changes could not be settled at once. */
  readonly unsettled: RoomId[];
  arePermissionsKnown: boolean;
  onMoved: NonNullable<ConnectionDependencies["onMoved"]>;
  /** A new start on an empty store: same rooms, nothing known of them. */
  rebuilt(): Promise<Rig>;
  /** A new start on the same store with other connections in the configuration. */
  restarted(configured: readonly ConfiguredConnection[]): Promise<Rig>;
  connections(roomId?: RoomId): Promise<readonly Connection[]>;
}

/** Operations over a real index in memory and rooms of a fake homeserver; the room `room` exists and was read. */
export async function connectionsRig(configured: readonly ConfiguredConnection[] = []): Promise<Rig> {
  const server = new FakeRoomServer();
  server.createRoom(room, alice, [mainBot, mallory]);
  const rig = await emptyRig(server, configured);
  await rig.operations.readRoom(room);
  server.takeRequests();
  return rig;
}

export async function emptyRig(
  server: FakeRoomServer,
  configured: readonly ConfiguredConnection[] = [],
  database = new MemoryLevel<string, string>(),
): Promise<Rig> {
  const unitOfWork = new GroupCommit({ database: database, location: "memory", recover: () => Promise.resolve() });
  const index = await openConnectionIndex(database, unitOfWork);
  const rooms = createRoomStore(database);
  const bots = new BotDirectory(
    { userId: mainBot, prefix: "!hookshot" },
    [{ userId: trackerBot, service: "tracker", prefix: "!t" }],
    [/@_tracker_.*/],
  );
  const mutex = new KeyedMutex();
  const clock = new ManualClock();
  const log: string[] = [];
  const note = (_fields: object, message: string): void => void log.push(message);
  const logger = { info: note, warn: note, error: note };
  const tracker = activeTracker(
    (input) => {
      rig.asked.push(input);
      return Promise.resolve(rig.consent(input));
    },
    (input) => {
      rig.provisioned.push(input);
      return Promise.resolve(rig.provision(input));
    },
  );
  const hooks: ActiveService = {
    service: { ...tracker.service, ...hookKinds, kinds: hookKinds.kinds.map((kind) => ({ ...kind, provisioning: hookProvisioning })) },
    context: createServiceContext<unknown>({}),
  };
  const services = [tracker, hooks];
  const statics = createStaticConnections({ configured, services, disabledServices: [], bots, log: logger });
  await applyStaticConnections({ statics, index, rooms, marks: createMetaStore(database, "static-connections") });
  const operations = createConnectionOperations({
    ...{ services, statics },
    permissions: createPermissions([managers, administrators], () => undefined),
    arePermissionsKnown: () => rig.arePermissionsKnown,
    bots,
    roomState: server.roomState,
    accountData: server.accountData,
    accounts: server.accounts,
    index,
    rooms,
    intentions: createIntentionStore(database),
    clock,
    log: logger,
    onUnsettled: (roomId) => rig.unsettled.push(roomId),
    onUndecided: (roomId) => rig.undecided.push(roomId),
    onMoved: (pairs, from, to) => rig.onMoved(pairs, from, to),
  });
  const rig: Rig = {
    server,
    operations,
    index,
    rooms,
    unitOfWork,
    database,
    bots,
    clock,
    tracker,
    hooks,
    log,
    logger,
    queue: { run: (roomId, task) => mutex.run(roomId, task) },
    consent: () => ({ granted: true }),
    asked: [],
    provision: ({ config }) => ({ target: { ...target, stateKey: String(config["url"]), state: config } }),
    provisioned: [],
    undecided: [],
    unsettled: [],
    arePermissionsKnown: true,
    onMoved: () => Promise.resolve(),
    rebuilt: () => emptyRig(server, configured),
    restarted: (changed) => emptyRig(server, changed, database),
    connections: (roomId = room) => operations.list(roomId),
  };
  return rig;
}

const managers: PermissionRule = { actor: "example.org", services: [{ service: "tracker", level: "manageConnections" }] };

export const administrator: UserId = "@root:example.org";
const administrators: PermissionRule = { actor: administrator, services: [{ service: "tracker", level: "admin" }] };

/** Its hooks are found by name, which is their state key. */
const hookProvisioning: Provisioning<unknown> = {
  type: "Webhook",
  service: "hooks",
  provision: ({ config }) =>
    Promise.resolve({ target: { kindId: "hook", stateKey: String(config["name"]), state: config, name: String(config["name"]) } }),
};

function activeTracker(
  authorize: NonNullable<Service<unknown>["authorize"]>,
  provision: Provisioning<unknown>["provision"],
): ActiveService {
  const provisioning: Provisioning<unknown> = {
    type: "TrackerProject",
    service: "tracker",
    check({ url: address }) {
      if (address === undefined) throw new ValidationError("Expected a 'url' property");
    },
    provision,
  };
  const service: Service<unknown> = {
    id: "tracker",
    title: "Tracker",
    configKey: "tracker",
    permissionName: "tracker",
    configSchema: {},
    kinds: [{ ...kind, provisioning }],
    authorize,
  };
  return { service, context: createServiceContext<unknown>({}) };
}
