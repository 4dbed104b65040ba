import { createHash } from "node:crypto";
import type { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import type { NoticeErrand } from "../core/ports/login-errands.js";
import type { OutgoingEvent } from "../core/ports/message-sender.js";
import type { PersonalLogins } from "../core/ports/personal-logins.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Service, ServiceContext } from "../core/service.js";
import type { UserId } from "../core/ids.js";
import { IdSource } from "../delivery/id-source.js";
import { LoginErrands } from "../logins/errands.js";
import type { LoginParts } from "../logins/login-parts.js";
import { createLoginNotices } from "../logins/notices.js";
import { createPersonalLogins, type HookshotAccounts } from "../logins/personal-logins.js";
import { RecentChanges } from "../logins/recent-changes.js";
import { TicketSweep } from "../logins/ticket-sweep.js";
import type { Matrix } from "../matrix/matrix.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Database } from "../storage/database.js";
import type { HookshotSecrets } from "../storage/sealing/hookshot-secrets.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { createLoginErrandStore } from "../storage/stores/login-errand-store.js";
import { createLoginStore } from "../storage/stores/login-store.js";
import { createBegunLoginStore, createUndoableLoginStore } from "../storage/stores/login-ticket-store.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import type { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";

interface LoginSurroundings {
  readonly database: Database;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
  readonly unitOfWork: UnitOfWork;
  /** This start on the data folder. */
  readonly start: { readonly count: number; readonly token: string };
  readonly matrix: Pick<Matrix, "ownAccountData" | "sender">;
  readonly bots: BotDirectory;
  readonly late: Late<LateParts>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What the logins of all services share, and what it does in the background. */
export interface SharedLogins extends LoginParts {
  start(): void;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function createSharedLogins(surroundings: LoginSurroundings): SharedLogins {
  const { database, sealer, unitOfWork, start, matrix, bots, clock, random } = surroundings;
  const log = surroundings.log.child({ module: "logins" });
  const tickets = { begun: createBegunLoginStore(database, sealer), undoable: createUndoableLoginStore(database, sealer) };
  const bot = bots.main.userId;
  const errands = new LoginErrands({
    ...{ unitOfWork, clock, random, log },
    store: createLoginErrandStore(database, sealer),
    ids: new IdSource(start),
    accountData: {
      get: (type) => matrix.ownAccountData.get(type, bot),
      set: (type, content) => matrix.ownAccountData.set(type, content, bot),
    },
    tell: (notice) => tell(notice, surroundings),
  });
  const sweep = new TicketSweep({ tickets, unitOfWork, clock, log });
  return {
    ...{ tickets, errands, random, notices: createLoginNotices() },
    changes: new RecentChanges(() => clock.now()),
    start() {
      errands.start();
      sweep.start();
    },
    async stop() {
      await Promise.all([errands.stop(), sweep.stop()]);
    },
  };
}

/**
 * Past the outbox, whose deliveries lie in the data folder in plain and can be listed: a notice may hold the address that undoes a login.
 * Its transaction id follows from the errand, so that it is said once.
 * @throws RemoteError
 */
async function tell({ id, person, message, createdAt }: NoticeErrand, { matrix, bots, late }: LoginSurroundings): Promise<void> {
  const roomId = await late.get().directChatOf(person);
  if (roomId === undefined) {
    throw new RemoteError(`There is no direct chat with ${person} that is not encrypted, and none can be opened.`, { isFinal: true });
  }
  const transactionId = createHash("sha256").update(`login notice|${id}`).digest("base64url");
  const outgoing: OutgoingEvent = { roomId, sender: bots.main.userId, message, transactionId };
  // Where the homeserver may have forgotten the id, an earlier try is looked for.
  const isThere = !matrix.sender.isRepeatSafe(outgoing.sender) && (await matrix.sender.find(outgoing, createdAt)) !== undefined;
  if (!isThere) await matrix.sender.send(outgoing);
}

interface ServiceLoginSurroundings extends Pick<LoginSurroundings, "database" | "sealer" | "matrix" | "bots"> {
  readonly sharedLogins: LoginParts;
  readonly hookshotSecrets: HookshotSecrets | undefined;
  /** `compatibility.writeTokens`. */
  readonly writesTokens: boolean;
  /** Whether the person has the level `login` on the service. @throws RemoteError while that is not known */
  readonly mayLogIn: (person: UserId, service: string) => boolean;
}

/** People's accounts at one service. @param context asked when something is done: it holds what is made here */
export function createServiceLogins(
  service: Service<unknown>,
  surroundings: ServiceLoginSurroundings,
  context: () => ServiceContext<unknown>,
): PersonalLogins {
  const { database, sealer, sharedLogins, writesTokens, mayLogIn } = surroundings;
  const hookshot = createHookshotAccounts(surroundings);
  return createPersonalLogins({
    ...{ ...sharedLogins, service, context, writesTokens },
    store: createLoginStore(database, service.id, sealer),
    marks: createMetaStore(database, `login-marks-${service.id}`),
    mayLogIn: (person) => mayLogIn(person, service.permissionName),
    ...(hookshot === undefined ? {} : { hookshot }),
  });
}

/** Undefined without a `passFile` that can be used. */
export function createHookshotAccounts({
  hookshotSecrets,
  matrix,
  bots,
}: Pick<ServiceLoginSurroundings, "hookshotSecrets" | "matrix" | "bots">): HookshotAccounts | undefined {
  if (hookshotSecrets === undefined) return undefined;
  return {
    async read(accountDataType) {
      const content = await matrix.ownAccountData.get(accountDataType, bots.main.userId);
      return content === undefined ? undefined : hookshotSecrets.open(content);
    },
    seal: (text) => hookshotSecrets.seal(text),
  };
}
