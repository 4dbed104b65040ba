import type { Bot } from "../core/bots.js";
import type { UserId } from "../core/ids.js";
import type { MessageSender } from "../core/ports/message-sender.js";
import type { BotAccounts, RoomAccountData, RoomState } from "../core/ports/rooms.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Secret } from "../shared/secret.js";
import { createAppserviceAccount, type AppserviceAccount } from "./account.js";
import { createBotAccounts } from "./bot-accounts.js";
import { Calls, type OnCall } from "./calls.js";
import { Devices } from "./devices.js";
import { Profiles } from "./profile.js";
import { createRoomAccountData } from "./room-account-data.js";
import { createRoomState } from "./room-state.js";
import { SdkClients } from "./sdk.js";
import { createMessageSender } from "./send.js";
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
  return {
    sender: createMessageSender({ transport, calls, devices, onCall: options.onCall }),
    roomState: createRoomState(clients),
    accountData: createRoomAccountData(clients),
    accounts: createBotAccounts(clients, calls, register),
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
