import type { Ghost } from "../ghost.js";
import type { EventId, RoomId, UserId } from "../ids.js";
import type { MatrixEvent } from "../matrix-event.js";
import type { RoomMessage } from "../message.js";

/** A room to be opened by the main bot, or by a ghost. */
export interface NewRoom {
  readonly name: string;
  readonly topic?: string;
  /** Localpart; where it is taken already, the room that has it is given. */
  readonly alias?: string;
  readonly isPublic: boolean;
  /** `m.space` makes it a space. */
  readonly type?: "m.space";
  /** Web address of a picture. */
  readonly avatarUrl?: string;
  readonly powerLevels?: Readonly<Record<string, unknown>>;
  /** State besides what follows from the above, connections included. */
  readonly state: readonly { readonly type: string; readonly stateKey: string; readonly content: Readonly<Record<string, unknown>> }[];
  readonly invite?: readonly UserId[];
  /** Who opens it; the main bot unless given, which is invited and joins otherwise. */
  readonly as?: Ghost;
}

/** Rooms that a service keeps: what it may do in them besides saying what `render` gives. Every method throws RemoteError. */
export interface ServiceRooms {
  /**
   * The user id of a ghost with that localpart.
   * @returns undefined when the registration reserves no such user for us: then the bot speaks
   */
  ghostId(localpart: string): UserId | undefined;
  /** Opens a room and makes its connections known. Called again after a crash it gives the room of the alias, if there is one. */
  create(room: NewRoom): Promise<RoomId>;
  /** The room with that alias of ours (localpart); undefined when there is none. */
  findByAlias(alias: string): Promise<RoomId | undefined>;
  readState(roomId: RoomId, type: string, stateKey: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  setState(roomId: RoomId, type: string, stateKey: string, content: Readonly<Record<string, unknown>>): Promise<void>;
  readEvent(roomId: RoomId, eventId: EventId): Promise<MatrixEvent | undefined>;
  /** Says something, stored and sent as every delivery is. @param about names the occasion: the same one is told once */
  say(about: string, roomId: RoomId, message: RoomMessage, as?: Ghost): Promise<void>;
  /** Tells a person in the direct chat with the main bot, which is opened if need be. @param about names the occasion, told once */
  tellPerson(about: string, person: UserId, message: RoomMessage): Promise<void>;
}

/** Files at the homeserver. Every method throws RemoteError. */
export interface Media {
  download(mxcUrl: string): Promise<{ readonly bytes: Buffer; readonly contentType: string }>;
  /** @returns the `mxc:` address */
  upload(bytes: Buffer, contentType: string, fileName: string): Promise<string>;
  /** The address under which everybody may read the file (`bridge.mediaUrl`); undefined for what is no `mxc:` address. */
  publicUrl(mxcUrl: string): string | undefined;
}
