import { RemoteError } from "../core/errors.js";
import type { ActiveService } from "../core/service.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";

interface AliasRoomsOptions {
  readonly services: readonly ActiveService[];
  /** Our homeserver's name. */
  readonly domain: string;
  /** The alias namespaces of the registration, un-anchored as those of users are (reference 1.19). */
  readonly namespaces: readonly RegExp[];
  /** Whether we ask the homeserver for the room behind that alias just now. */
  readonly isAsking: (alias: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Anybody on any server may ask for any alias, and each costs requests at a remote: so many at once, and then one after each pause. */
const openedAtOnce = 20;
const pauseMs = 5_000;

/** Opens the room behind a whole alias. @returns false when there is none to open. It throws RemoteError when that cannot be told just now */
export type OpenAliasRoom = (alias: string) => Promise<boolean>;

/** Rooms that come to be when somebody joins their alias: services are asked in the order of the list (reference 2.5). */
export function createAliasRooms({ services, domain, namespaces, isAsking, clock, log }: AliasRoomsOptions): OpenAliasRoom {
  /** Several servers may ask for one at once. */
  const opening = new Map<string, Promise<boolean>>();
  const takeTurn = createTurns(clock, log);

  async function open(localpart: string): Promise<boolean> {
    const failures: unknown[] = [];
    const owners = services.filter(({ service }) => service.aliases?.owns(localpart) === true);
    if (owners.length > 0) takeTurn();
    for (const { service, context } of owners) {
      try {
        if ((await service.aliases?.create(localpart, context)) === true) return true;
      } catch (error) {
        log.warn({ service: service.id, alias: localpart, error }, "A room could not be opened for its alias");
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return false;
  }

  return async (alias) => {
    const localpart = localpartOf(alias, domain);
    if (localpart === undefined || !namespaces.some((pattern) => pattern.test(alias))) return false;
    // Before it tells us that there is none, Synapse asks us to make one: each would wait for the other.
    if (isAsking(alias)) return false;
    const opened = opening.get(localpart) ?? open(localpart).finally(() => opening.delete(localpart));
    opening.set(localpart, opened);
    return opened;
  };
}

/** @returns a function that takes a turn, and throws RemoteError, transient, when there is none just now */
function createTurns(clock: Clock, log: Log): () => void {
  /** When the last turn that was taken would be over, if turns were taken one after the other; milliseconds since the epoch. */
  let takenUntil = Number.NEGATIVE_INFINITY;
  let toldUntil = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.now();
    if (takenUntil - now <= (openedAtOnce - 1) * pauseMs) {
      takenUntil = Math.max(takenUntil, now) + pauseMs;
      return;
    }
    // Told once for a while: whoever asks so often could fill the log.
    if (now >= toldUntil) log.warn({}, "More rooms are asked for by alias than are looked up; some who want to join one have to try again");
    if (now >= toldUntil) toldUntil = now + openedAtOnce * pauseMs;
    throw new RemoteError("Too many rooms are asked for by alias just now. Try again in a minute.");
  };
}

/** Matrix spec, appendix "Room aliases": `#localpart:server`, 255 bytes at most. */
function localpartOf(alias: string, domain: string): string | undefined {
  const colon = alias.indexOf(":");
  const isOurs = alias.startsWith("#") && colon > 1 && alias.slice(colon + 1) === domain && Buffer.byteLength(alias) <= 255;
  return isOurs ? alias.slice(1, colon) : undefined;
}
