import type { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import { ConfigError, SwitchboardError } from "../core/errors.js";
import { isRoomId, type ConnectionId, type RoomId, type UserId } from "../core/ids.js";
import type { ActiveService, Service } from "../core/service.js";
import { interpret, withSecretKeys } from "./interpret.js";
import { KindCatalogue } from "./kinds.js";

/*
 * Connections of the configuration (Hookshot reference 1.18). They are in the index as long as they stand in the configuration and a bot
 * that serves them is in their room; they need no grant and nobody's right, and nothing that happens in the room changes them. State in the
 * room under the same type and key does not count beside one. Where the kind has secret ids, the state key is the id, and the same one may
 * stand in several rooms: all of them get the event.
 */

/** One entry of the configuration's `connections`. */
export interface ConfiguredConnection {
  readonly roomId: string;
  readonly connectionType: string;
  readonly stateKey: string;
  readonly state: Readonly<Record<string, unknown>>;
}

export interface StaticConnectionsOptions {
  readonly configured: readonly ConfiguredConnection[];
  readonly services: readonly ActiveService[];
  /** Services of this build that the configuration does not enable: an entry for one of them is refused by its name. */
  readonly disabledServices: readonly Pick<Service<unknown>, "configKey" | "kinds">[];
  readonly bots: BotDirectory;
  readonly log: { warn(fields: object, message: string): void };
}

/** A connection of the configuration, and the permission name of its service. */
interface StaticConnection {
  readonly connection: Connection;
  readonly permissionName: string;
}

/** Which connections the configuration gives to a room. */
export class StaticConnections {
  readonly #byRoom = new Map<RoomId, Map<ConnectionId, StaticConnection>>();
  readonly #bots: BotDirectory;

  constructor(all: readonly StaticConnection[], bots: BotDirectory) {
    this.#bots = bots;
    for (const one of all) {
      const inRoom = this.#byRoom.get(one.connection.roomId) ?? new Map<ConnectionId, StaticConnection>();
      this.#byRoom.set(one.connection.roomId, inRoom.set(one.connection.id, one));
    }
  }

  get rooms(): readonly RoomId[] {
    return [...this.#byRoom.keys()];
  }

  /** @param joined our bots in the room: what none of them serves is left out */
  inRoom(roomId: RoomId, joined: readonly UserId[]): readonly Connection[] {
    const all = [...(this.#byRoom.get(roomId)?.values() ?? [])];
    return all
      .filter(({ permissionName }) => this.#bots.forService(permissionName, joined) !== undefined)
      .map(({ connection }) => connection);
  }

  get(roomId: RoomId, id: ConnectionId): Connection | undefined {
    return this.#byRoom.get(roomId)?.get(id)?.connection;
  }
}

/**
 * Reads the configuration's `connections`.
 * @throws ConfigError, one line for each mistake, with Hookshot's words behind `connections.<index>.<field>`
 */
export function createStaticConnections(options: StaticConnectionsOptions): StaticConnections {
  const { configured, services, bots, log } = options;
  // Compiling schemas takes its time, and hardly anybody has such connections.
  const kinds = new KindCatalogue(configured.length === 0 ? [] : services);
  const found = new Map<ConnectionId, StaticConnection>();
  const mistakes: Mistake[] = [];
  for (const [index, entry] of configured.entries()) {
    const read = readEntry(entry, kinds, options);
    if ("mistaken" in read) mistakes.push({ path: `connections.${index}.${read.mistaken}`, message: read.message });
    else if (!isRoomId(entry.roomId)) log.warn({ roomId: entry.roomId }, `connections.${index}.roomId is no room id, so it has no effect`);
    else if (found.has(read.connection.id)) log.warn({ roomId: entry.roomId }, `connections.${index} is there twice; the first one counts`);
    else found.set(read.connection.id, { ...read, connection: { ...read.connection, position: index } });
  }
  const [first] = mistakes;
  if (first !== undefined) throw new ConfigError(first.path, mistakes.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return new StaticConnections([...found.values()], bots);
}

/** @throws SwitchboardError with HS_UNSUPPORTED_OPERATION for what stands in the configuration */
export function requireNotStatic({ isStatic }: Connection): void {
  if (isStatic === true) throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", "Connection is static and cannot be changed at runtime");
}

interface Mistake {
  readonly path: string;
  readonly message: string;
}

function readEntry(
  { roomId, connectionType, stateKey, state }: ConfiguredConnection,
  kinds: KindCatalogue,
  { disabledServices, bots }: StaticConnectionsOptions,
): StaticConnection | { readonly mistaken: keyof ConfiguredConnection; readonly message: string } {
  const known = kinds.forType(connectionType);
  if (known === undefined) return { mistaken: "connectionType", message: whyUnknown(connectionType, disabledServices) };
  if (known.kind.canBeStatic === undefined) return { mistaken: "connectionType", message: "does not support static configuration." };
  const connection = interpret(known, {
    // Hookshot takes any text; what is no room id is left out afterwards, so the cast misleads nobody.
    room_id: roomId as RoomId,
    type: connectionType,
    state_key: stateKey,
    content: state,
    // No event is behind it.
    event_id: "$",
    sender: bots.main.userId,
  });
  const { status } = connection;
  if (status.kind !== "active") return { mistaken: "state", message: `connection state did not validate: ${status.reason}.` };
  return {
    connection: { ...withSecretKeys(known, connection, [stateKey]), isStatic: true },
    permissionName: known.active.service.permissionName,
  };
}

function whyUnknown(connectionType: string, disabled: StaticConnectionsOptions["disabledServices"]): string {
  const service = disabled.find(({ kinds }) => kinds.some(({ stateTypes }) => stateTypes.includes(connectionType)));
  return service === undefined ? "is not a known connection type." : `Service '${service.configKey}' is not enabled in the config.`;
}
