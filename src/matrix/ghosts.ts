import { RemoteError } from "../core/errors.js";
import type { Ghost } from "../core/ghost.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { Ghosts } from "../core/ports/ghosts.js";
import type { Log } from "../shared/log.js";
import { RecentMap } from "../shared/recent-map.js";
import { unlessMissing, type Calls } from "./calls.js";
import { textAt, valueAt } from "./homeserver-errors.js";
import type { RoomMaker } from "./room-maker.js";

/*
 * A ghost that is to speak goes through these steps, and stops at the first that fails for good:
 *
 *   registered      one that is there already is fine
 *   named           its profile is read once; the name is set where it is different
 *   pictured        once, if it has no picture; a failure is only logged
 *   in the room     it joins; where it may not, one of our bots in the room invites it and it joins
 *
 * What was done is remembered in memory, for the ghosts that spoke last: a start asks again, four requests for each ghost and room.
 * Its device is made by its first send, as a bot's is (devices.ts). Until that device's record is read again after a start, and while it has
 * none, a send whose outcome is not known is looked for before it is repeated, so nothing here has to wait for it.
 */

/** How the picture behind an address comes to lie at the homeserver; gives its `mxc:` address. */
type TakePicture = (address: string) => Promise<string>;

export interface GhostsOptions {
  readonly calls: Calls;
  /** Makes a user of ours at the homeserver; one that is there already is fine. */
  readonly register: (user: UserId) => Promise<void>;
  readonly roomMaker: RoomMaker;
  readonly takePicture: TakePicture;
  /** Our bots that may be in the room, in the order in which they are asked to invite. */
  readonly botsIn: (roomId: RoomId) => Promise<readonly UserId[]>;
  readonly log: Log;
}

type Profile = Pick<Ghost, "displayName" | "avatarUrl">;

/** What is known of a ghost that is registered. */
interface KnownGhost {
  readonly displayName: string;
  /** It has a picture, or getting one was tried. */
  readonly isPictured: boolean;
}

const rememberedGhosts = 10_000;
const rememberedPlaces = 20_000;

/** Makes ghosts able to speak; see above. */
export class MatrixGhosts implements Ghosts {
  readonly #options: GhostsOptions;
  readonly #known = new RecentMap<UserId, KnownGhost>(rememberedGhosts);
  readonly #joined = new RecentMap<string, true>(rememberedPlaces);
  readonly #turns = new Map<UserId, Promise<void>>();
  #mayBeNamed: Promise<boolean> | undefined;

  constructor(options: GhostsOptions) {
    this.#options = options;
  }

  prepare(userId: UserId, ghost: Profile, roomId: RoomId): Promise<void> | undefined {
    const place = placeOf(userId, roomId);
    if (this.#joined.get(place) !== undefined && this.#isIntroduced(userId, ghost)) return undefined;
    return this.#inTurn(userId, async () => {
      await this.#introduce(userId, ghost);
      if (this.#joined.get(place) !== undefined) return;
      await this.#join(userId, roomId);
      this.#joined.set(place, true);
    });
  }

  forget(userId: UserId, roomId: RoomId): void {
    this.#joined.delete(placeOf(userId, roomId));
    // A homeserver may also refuse one whom it no longer knows at all.
    this.#known.delete(userId);
  }

  /** Registers, names and pictures a ghost that belongs to no room yet. @throws RemoteError */
  introduce({ userId, ...profile }: Ghost): Promise<void> {
    return this.#inTurn(userId, () => this.#introduce(userId, profile));
  }

  #isIntroduced(userId: UserId, { displayName, avatarUrl }: Profile): boolean {
    const known = this.#known.get(userId);
    return known?.displayName === displayName && (known.isPictured || avatarUrl === undefined);
  }

  /** One step of a ghost at a time: two rooms may want it at once. */
  #inTurn(userId: UserId, step: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(userId) ?? Promise.resolve()).then(step, step);
    this.#turns.set(userId, turn);
    const end = (): void => {
      if (this.#turns.get(userId) === turn) this.#turns.delete(userId);
    };
    turn.then(end, end);
    return turn;
  }

  async #introduce(userId: UserId, ghost: Profile): Promise<void> {
    if (this.#isIntroduced(userId, ghost)) return;
    const known = this.#known.get(userId) ?? (await this.#register(userId));
    if (known.displayName !== ghost.displayName) await this.#rename(userId, ghost.displayName);
    const isPictured = known.isPictured || (ghost.avatarUrl !== undefined && (await this.#picture(userId, ghost.avatarUrl)));
    this.#known.set(userId, { displayName: ghost.displayName, isPictured });
  }

  /** Registers the ghost and reads what it is called now. */
  async #register(userId: UserId): Promise<KnownGhost> {
    const { calls, register } = this.#options;
    await register(userId);
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(userId)}`;
    const profile = await unlessMissing(calls.json({ name: "getUserProfile", method: "GET", path, as: userId })).catch(undefinedIfRefused);
    return { displayName: textAt(profile, "displayname") ?? "", isPictured: (textAt(profile, "avatar_url") ?? "") !== "" };
  }

  /** A homeserver that forbids the change leaves the ghost with the name it has: no reason to say nothing. */
  async #rename(userId: UserId, displayName: string): Promise<void> {
    if (!(await this.#mayName())) return;
    try {
      await this.#setProfile(userId, "displayname", displayName);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#options.log.warn({ user: userId, error }, "The homeserver does not let us name a ghost");
    }
  }

  /** The capability `m.set_displayname` (Matrix spec, client-server API, "Capabilities negotiation"): allowed unless it says no. */
  #mayName(): Promise<boolean> {
    this.#mayBeNamed ??= this.#options.calls.json({ name: "getCapabilities", method: "GET", path: "/_matrix/client/v3/capabilities" }).then(
      (answer) => valueAt(valueAt(valueAt(answer, "capabilities"), "m.set_displayname"), "enabled") !== false,
      () => {
        // Not known: tried, and asked again by the next one.
        this.#mayBeNamed = undefined;
        return true;
      },
    );
    return this.#mayBeNamed;
  }

  /** @returns true: whatever came of it, it is not tried again before the next start */
  async #picture(userId: UserId, address: string): Promise<true> {
    try {
      const uri = address.startsWith("mxc://") ? address : await this.#options.takePicture(address);
      await this.#setProfile(userId, "avatar_url", uri);
    } catch (error) {
      this.#options.log.warn({ user: userId, error }, "A ghost's picture could not be set");
    }
    return true;
  }

  async #setProfile(userId: UserId, key: "displayname" | "avatar_url", value: string): Promise<void> {
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(userId)}/${key}`;
    const name = key === "displayname" ? "setDisplayName" : "setAvatarUrl";
    await this.#options.calls.json({ name, method: "PUT", path, as: userId, body: { [key]: value } });
  }

  async #join(userId: UserId, roomId: RoomId): Promise<void> {
    const join = (): Promise<unknown> =>
      this.#options.calls.json({
        name: "joinRoom",
        method: "POST",
        path: `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`,
        as: userId,
        body: {},
      });
    try {
      await join();
    } catch (error) {
      if (!isRefusal(error) || !(await this.#invite(userId, roomId))) throw error;
      await join();
    }
  }

  /** @returns whether one of our bots could */
  async #invite(userId: UserId, roomId: RoomId): Promise<boolean> {
    const { botsIn, roomMaker } = this.#options;
    for (const bot of await botsIn(roomId)) {
      try {
        await roomMaker.invite(roomId, userId, bot);
        return true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    return false;
  }
}

function placeOf(userId: UserId, roomId: RoomId): string {
  return `${userId} ${roomId}`;
}

/** What cannot be read is set again; it must not keep the ghost from speaking. */
function undefinedIfRefused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
  return undefined;
}

/** An answer that will not be another one in a minute. */
function isRefusal(error: unknown): boolean {
  return error instanceof RemoteError && !error.isTransient;
}
