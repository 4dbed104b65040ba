import { RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { RecentMap } from "../shared/recent-map.js";
import type { Calls } from "./calls.js";
import { textAt, valueAt } from "./homeserver-errors.js";

/*
 * Sends are made as a device of the sending user. Homeservers keep transaction ids of an appservice in memory only, by path;
 * together with a device they are kept in the database for 24 hours and survive a restart (measured on Synapse 1.163).
 *
 * A user's device is: not known -> (read from the store) -> held, or missing.
 * Missing -> (asked for at the homeserver, checked, stored) -> held, or refused for an hour.
 * Held -> (the homeserver says that it does not exist) -> missing.
 * Whenever a device follows sends that were made without it, older transaction ids mean nothing to it,
 * so for twelve hours nothing may be repeated blindly.
 *
 * Ghosts have devices like bots, each made by the ghost's first send. Of many users those that sent last are known; another one's device is
 * read from the store when it sends again, and until then its sends do not count as safe to repeat.
 */

export interface DevicesOptions {
  readonly calls: Calls;
  readonly store: KeyValueStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Registers a user of ours that the homeserver does not know. @throws RemoteError */
  readonly register: (user: UserId) => Promise<void>;
  /** True when the registration says `io.element.msc4190`: devices are then never made by logging in. */
  readonly msc4190: boolean;
}

/** What is stored of a user. */
interface DeviceRecord {
  /** Absent: sends were made without a device. */
  readonly deviceId?: string;
  /** Transaction ids used before are not known to the device; milliseconds since the epoch. */
  readonly since?: number;
}

interface Known extends DeviceRecord {
  /** Query of requests as this user and device. */
  readonly query: string;
  /** For a user without a device: when to ask again; milliseconds since the epoch. */
  readonly askAgainAt: number;
}

const displayName = "Switchboard";
const knownUsers = 10_000;
const askAgainMs = 60 * 60 * 1000;
/** As long as an unknown outcome may be repeated blindly. */
const blindRepeatMs = 12 * 60 * 60 * 1000;

/** The devices our users send with. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #known = new RecentMap<UserId, Known>(knownUsers);
  readonly #pending = new Map<UserId, Promise<string>>();
  /** The homeserver has no devices for appservices, as the last who asked was told: until then nobody asks; milliseconds since the epoch. */
  #noneUntil = Number.NEGATIVE_INFINITY;

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** Reads what is stored of these users. Makes no request. */
  async load(users: readonly UserId[]): Promise<void> {
    await Promise.all(users.map((user) => this.#read(user)));
  }

  /** The query of a request as the user and its device, or undefined where `prepare` has to be called first. */
  queryFor(user: UserId): string | undefined {
    const known = this.#known.get(user);
    if (known === undefined) return undefined;
    return known.deviceId !== undefined || this.#options.clock.now() < known.askAgainAt ? known.query : undefined;
  }

  /** Makes sure that the user has a device where the homeserver knows devices, and gives the query. @throws RemoteError */
  prepare(user: UserId): Promise<string> {
    const pending = this.#pending.get(user) ?? this.#prepare(user).finally(() => this.#pending.delete(user));
    this.#pending.set(user, pending);
    return pending;
  }

  /** True when a transaction id of the last twelve hours may be sent again without looking. */
  isRepeatSafe(user: UserId): boolean {
    const known = this.#known.get(user);
    return known?.deviceId !== undefined && this.#options.clock.now() >= (known.since ?? -blindRepeatMs) + blindRepeatMs;
  }

  /** The homeserver said that the device does not exist: the next send makes a new one. */
  async forget(user: UserId): Promise<void> {
    await this.#remember(user, {}, 0);
  }

  async #prepare(user: UserId): Promise<string> {
    const known = await this.#read(user);
    if (known?.deviceId !== undefined) return known.query;
    if (this.#options.clock.now() < this.#noneUntil) return this.#remember(user, {}, this.#noneUntil);
    const deviceId = await this.#create(user);
    if (deviceId !== undefined) {
      return this.#remember(user, known === undefined ? { deviceId } : { deviceId, since: this.#options.clock.now() }, 0);
    }
    this.#options.log.warn({ user }, "The homeserver gives our user no device: after lost answers rooms are read before sending again.");
    this.#noneUntil = this.#options.clock.now() + askAgainMs;
    return this.#remember(user, {}, this.#noneUntil);
  }

  async #read(user: UserId): Promise<Known | undefined> {
    const known = this.#known.get(user);
    if (known !== undefined) return known;
    const stored = await this.#options.store.get(recordKey(user));
    if (stored === undefined) return undefined;
    const read = toKnown(user, parseRecord(stored), 0);
    this.#known.set(user, read);
    return read;
  }

  async #remember(user: UserId, record: DeviceRecord, askAgainAt: number): Promise<string> {
    await this.#options.unitOfWork.commit([this.#options.store.put(recordKey(user), JSON.stringify(record))]);
    const known = toKnown(user, record, askAgainAt);
    this.#known.set(user, known);
    return known.query;
  }

  /** @returns the device's id, or undefined when the homeserver has no devices for appservices */
  async #create(user: UserId): Promise<string | undefined> {
    const deviceId = `SWITCHBOARD${this.#options.random.token(8).toUpperCase()}`;
    const made = (await this.#accepted(this.#putRegistered(user, deviceId))) || (await this.#loggedIn(user, deviceId));
    return made && (await this.#isTaken(user, deviceId)) ? deviceId : undefined;
  }

  /** A user that the homeserver does not know yet, or no longer, is registered first. */
  async #putRegistered(user: UserId, deviceId: string): Promise<void> {
    try {
      await this.#put(user, deviceId);
    } catch (error) {
      if (!(error instanceof RemoteError && error.status === 403)) throw error;
      await this.#options.register(user);
      await this.#put(user, deviceId);
    }
  }

  async #loggedIn(user: UserId, deviceId: string): Promise<boolean> {
    return !this.#options.msc4190 && (await this.#accepted(this.#logIn(user, deviceId)));
  }

  /** Without a login and its token (Matrix spec v1.17; MSC4190). */
  #put(user: UserId, deviceId: string): Promise<unknown> {
    const path = `/_matrix/client/v3/devices/${encodeURIComponent(deviceId)}`;
    return this.#options.calls.json({ name: "putDevice", method: "PUT", path, as: user, body: { display_name: displayName } });
  }

  /** For homeservers before that. The token in the answer is of no use to us and is dropped. */
  #logIn(user: UserId, deviceId: string): Promise<unknown> {
    const body = {
      type: "m.login.application_service",
      identifier: { type: "m.id.user", user },
      device_id: deviceId,
      initial_device_display_name: displayName,
    };
    return this.#options.calls.json({ name: "login", method: "POST", path: "/_matrix/client/v3/login", body });
  }

  /** Older homeservers ignore a `device_id` in the query; those that know it name it. */
  async #isTaken(user: UserId, deviceId: string): Promise<boolean> {
    const path = `/_matrix/client/v3/account/whoami${deviceQuery(user, deviceId)}`;
    try {
      const answer = await this.#options.calls.json({ name: "getWhoAmI", method: "GET", path });
      return textAt(answer, "device_id") === deviceId;
    } catch (error) {
      return refusedOrThrow(error);
    }
  }

  async #accepted(call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
      return true;
    } catch (error) {
      return refusedOrThrow(error);
    }
  }
}

/** A refusal is an answer to our question; anything that may pass is thrown on. */
function refusedOrThrow(error: unknown): false {
  // 403 is about the user: it says nothing of devices, and asking again in an hour would be too late.
  if (error instanceof RemoteError && !error.isTransient && error.status !== 403) return false;
  throw error;
}

/** Does the homeserver say that the device of a request does not exist? */
export function isUnknownDevice(error: RemoteError): boolean {
  if (error.status !== 400 && error.status !== 401 && error.status !== 403) return false;
  // Synapse had the sentence before it had the code.
  return error.remoteCode === "M_UNKNOWN_DEVICE" || error.message.includes("device that doesn't exist");
}

function recordKey(user: UserId): string {
  return `device:${user}`;
}

function toKnown(user: UserId, record: DeviceRecord, askAgainAt: number): Known {
  return { ...record, query: deviceQuery(user, record.deviceId), askAgainAt };
}

function deviceQuery(user: UserId, deviceId: string | undefined): string {
  const device = deviceId === undefined ? "" : `&device_id=${encodeURIComponent(deviceId)}`;
  return `?user_id=${encodeURIComponent(user)}${device}`;
}

/** A record that cannot be read counts as "sends were made without a device". */
function parseRecord(stored: string): DeviceRecord {
  try {
    const value: unknown = JSON.parse(stored);
    const deviceId = textAt(value, "deviceId");
    const since = valueAt(value, "since");
    return { ...(deviceId === undefined ? {} : { deviceId }), ...(typeof since === "number" ? { since } : {}) };
  } catch {
    return {};
  }
}
