import type { Bot } from "../core/bots.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { MessageSender } from "../core/ports/message-sender.js";
import type { BotAccounts, RoomAccountData, RoomState } from "../core/ports/rooms.js";
import type { Media } from "../core/ports/service-rooms.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Secret } from "../shared/secret.js";
import { createAccountData, type AccountData } from "./account-data.js";
import { createAppserviceAccount, type AppserviceAccount } from "./account.js";
import { createBotAccounts } from "./bot-accounts.js";
import { Calls, type OnCall } from "./calls.js";
import { Devices } from "./devices.js";
import { MatrixGhosts } from "./ghosts.js";
import { createMedia } from "./media.js";
import { Profiles } from "./profile.js";
import { createRoomAccountData } from "./room-account-data.js";
import { createRoomMaker, type RoomMaker } from "./room-maker.js";
import { createRoomState } from "./room-state.js";
import { SdkClients } from "./sdk.js";
import { createMessageSender } from "./send.js";
import { createPictureTaker } from "./take-picture.js";
import { Transport } from "./transport.js";

export interface MatrixOptions {
  /** Base URL of the homeserver's client API; may have a path. */
  readonly homeserverUrl: string;
  readonly asToken: Secret;
  readonly registrationId: string;
  /** `io.element.msc4190` of the registration. */
  readonly msc4190: boolean;
  /** For devices and profiles of our users. */
  readonly store: KeyValueStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onCall: OnCall;
  /** Where everybody reads files, without trailing slash; `homeserverUrl` unless given. */
  readonly mediaUrl?: string;
  /** Fetches the pictures of ghosts: refuses private addresses. */
  readonly pictures: HttpClient;
  /** Our bots that may be in the room, in the order in which they are asked to invite a ghost. */
  readonly botsIn: (roomId: RoomId) => Promise<readonly UserId[]>;
  /** Milliseconds of silence after which a request counts as lost; 30,000 unless given. */
  readonly timeoutMs?: number;
}

/** The application service's own account, and the set-up of its bots. Every method throws RemoteError. */
export interface BotAccountSetup extends Omit<AppserviceAccount, "ping"> {
  /** Asks the homeserver to call our ping endpoint, and to send what waits for us. */
  ping(transactionId: string): Promise<number>;
  /** Gives the bot the display name and avatar of the configuration; makes no request when they were given before. */
  syncProfile(bot: Bot): Promise<void>;
  /** Reads what is remembered of these users' devices, so that `isRepeatSafe` knows them at once. Makes no request. */
  loadDevices(users: readonly UserId[]): Promise<void>;
}

/** The homeserver, as the rest of the product sees it. */
export interface Matrix {
  readonly sender: MessageSender;
  readonly roomState: RoomState;
  readonly accountData: RoomAccountData;
  readonly accounts: BotAccounts;
  readonly botAccount: BotAccountSetup;
  readonly ghosts: MatrixGhosts;
  readonly media: Media;
  /** Gives the picture at a web address to the homeserver; gives its `mxc:` address. @throws RemoteError */
  readonly takePicture: (address: string) => Promise<string>;
  readonly roomMaker: RoomMaker;
  readonly ownAccountData: AccountData;
  /** Ends what is under way, after two seconds at the latest. */
  close(): Promise<void>;
}

/** Joins the parts of this folder. Makes no request and loads no SDK. */
export function createMatrix(options: MatrixOptions): Matrix {
  const transport = new Transport(options);
  const calls = new Calls({ transport, clock: options.clock, onCall: options.onCall });
  const clients = new SdkClients({ transport, calls, asToken: options.asToken });
  const account = createAppserviceAccount(calls);
  const register = (userId: UserId): Promise<void> => account.registerBot({ userId });
  const devices = new Devices({ ...options, calls, register });
  const profiles = new Profiles({ ...options, calls, clients });
  const media = createMedia({ transport, calls, ...(options.mediaUrl === undefined ? {} : { publicUrl: options.mediaUrl }) });
  const takePicture = createPictureTaker(options.pictures, media);
  const roomMaker = createRoomMaker(calls);
  return {
    sender: createMessageSender({ transport, calls, devices, onCall: options.onCall }),
    roomState: createRoomState(clients),
    accountData: createRoomAccountData(clients),
    accounts: createBotAccounts(clients, calls, register),
    ghosts: new MatrixGhosts({ ...options, calls, register, roomMaker, takePicture }),
    ...{ media, takePicture, roomMaker },
    ownAccountData: createAccountData(calls),
    botAccount: {
      registerBot: (bot) => account.registerBot(bot),
      ping: (transactionId) => account.ping(options.registrationId, transactionId),
      whoami: () => account.whoami(),
      versions: () => account.versions(),
      syncProfile: (bot) => profiles.sync(bot),
      loadDevices: (users) => devices.load(users),
    },
    close: () => transport.close(),
  };
}
