import type { Bot } from "../core/bots.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { ConnectionContext } from "./dependencies.js";
import type { KnownKind } from "./kinds.js";
import { isRefusal } from "./refusals.js";
import { noActingBot } from "./rights.js";

type SecretIdsContext = Pick<ConnectionContext, "accountData" | "bots">;
type Table = Readonly<Record<string, unknown>>;

/** The secret ids of one room's connections. Made for one piece of work in the room's turn: what it has read is not read again. */
export class RoomSecretIds {
  readonly #context: SecretIdsContext;
  readonly #roomId: RoomId;
  readonly #joined: readonly UserId[];
  readonly #tables = new Map<string, Table>();

  /** @param joined our bots in the room */
  constructor(context: SecretIdsContext, roomId: RoomId, joined: readonly UserId[]) {
    this.#context = context;
    this.#roomId = roomId;
    this.#joined = joined;
  }

  /**
   * The ids that lead to a state key; none for a kind that has none. A service bot that came later finds what the main bot keeps.
   * @throws RemoteError
   */
  async find(known: KnownKind, stateKey: string): Promise<readonly string[]> {
    const { secretIds } = known.kind;
    if (secretIds === undefined) return [];
    const acting = this.#actingBot(known);
    for (const bot of this.#holders(known)) {
      try {
        const ids = idsOf(await this.#read(bot, secretIds.accountDataType), stateKey);
        if (ids.length > 0) return ids;
      } catch (error) {
        if (bot === acting || !isRefusal(error)) throw error;
      }
    }
    return [];
  }

  /** Stores ids for a state key, beside what is there. @throws PermissionError when none of our bots serves the kind here; RemoteError */
  async add(known: KnownKind, stateKey: string, ids: readonly string[]): Promise<void> {
    const { secretIds } = known.kind;
    if (secretIds === undefined) return;
    const bot = this.#actingBot(known);
    if (bot === undefined) throw noActingBot(this.#context, known.active);
    const table = await this.#read(bot, secretIds.accountDataType);
    const added = ids.filter((id) => !Object.hasOwn(table, id) || table[id] !== stateKey);
    if (added.length === 0) return;
    await this.#write(bot, secretIds.accountDataType, { ...table, ...Object.fromEntries(added.map((id) => [id, stateKey])) });
  }

  /** The ids that lead to a state key; one is made and stored where there is none. @throws PermissionError, RemoteError */
  async findOrCreate(known: KnownKind, stateKey: string): Promise<readonly string[]> {
    const found = await this.find(known, stateKey);
    const { secretIds } = known.kind;
    if (found.length > 0 || secretIds === undefined) return found;
    const ids = [secretIds.create(known.active.context.random)];
    await this.add(known, stateKey, ids);
    return ids;
  }

  /** Removes all ids that lead to a state key, whichever bot keeps them. @throws RemoteError */
  async remove(known: KnownKind, stateKey: string): Promise<void> {
    const { secretIds } = known.kind;
    if (secretIds === undefined) return;
    for (const bot of this.#holders(known)) {
      const table = await this.#read(bot, secretIds.accountDataType);
      const ids = idsOf(table, stateKey);
      if (ids.length > 0) await this.#write(bot, secretIds.accountDataType, without(table, ids));
    }
  }

  #actingBot({ active }: KnownKind): Bot | undefined {
    return this.#context.bots.forService(active.service.permissionName, this.#joined);
  }

  /** Whose account data may hold ids of the kind: the bot that serves it here goes first. */
  #holders(known: KnownKind): readonly Bot[] {
    const { permissionName } = known.active.service;
    const acting = this.#actingBot(known);
    const serving = this.#context.bots.all.filter(({ service }) => service === undefined || service === permissionName);
    return acting === undefined ? serving : [acting, ...serving.filter((bot) => bot !== acting)];
  }

  async #read(bot: Bot, type: string): Promise<Table> {
    const known = this.#tables.get(placeOf(bot, type));
    if (known !== undefined) return known;
    const table = (await this.#context.accountData.get(this.#roomId, type, bot.userId)) ?? {};
    this.#tables.set(placeOf(bot, type), table);
    return table;
  }

  async #write(bot: Bot, type: string, table: Table): Promise<void> {
    // Only what is stored for certain is remembered.
    this.#tables.delete(placeOf(bot, type));
    await this.#context.accountData.set(this.#roomId, type, table, bot.userId);
    this.#tables.set(placeOf(bot, type), table);
  }
}

function placeOf({ userId }: Bot, type: string): string {
  return `${userId} ${type}`;
}

function idsOf(table: Table, stateKey: string): readonly string[] {
  return Object.keys(table).filter((id) => table[id] === stateKey);
}

function without(table: Table, ids: readonly string[]): Table {
  return Object.fromEntries(Object.entries(table).filter(([id]) => !ids.includes(id)));
}

/** @returns the room's secret ids, as the bots that are known to be in the room keep them */
export async function openSecretIds(context: SecretIdsContext & Pick<ConnectionContext, "rooms">, roomId: RoomId): Promise<RoomSecretIds> {
  return new RoomSecretIds(context, roomId, (await context.rooms.get(roomId))?.bots ?? []);
}
