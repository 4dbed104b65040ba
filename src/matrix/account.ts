import type { Bot } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { Calls } from "./calls.js";
import { textAt, unreadableAnswer, valueAt } from "./homeserver-errors.js";

/** What the application service does with its own account. Every method throws RemoteError. */
export interface AppserviceAccount {
  /** Makes the bot's user at the homeserver; one that is there already is fine. */
  registerBot(bot: Pick<Bot, "userId">): Promise<void>;
  /**
   * Asks the homeserver to call our ping endpoint with this id. A homeserver that had given up on us sends its waiting transactions then.
   * @returns how long its request took, in milliseconds
   */
  ping(registrationId: string, transactionId: string): Promise<number>;
  /** The user id that our token stands for; shows that homeserver and registration fit. */
  whoami(): Promise<string>;
  /** Versions of the Matrix specification that the homeserver supports. */
  versions(): Promise<readonly string[]>;
}

export function createAppserviceAccount(calls: Calls): AppserviceAccount {
  return {
    async registerBot({ userId }) {
      try {
        await register(calls, userId);
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        if (error.remoteCode === "M_USER_IN_USE") return;
        throw error.remoteCode === "M_EXCLUSIVE" ? outsideNamespaces(userId, error) : error;
      }
    },
    async ping(registrationId, transactionId) {
      const path = `/_matrix/client/v1/appservice/${encodeURIComponent(registrationId)}/ping`;
      const answer = await calls.json({ name: "pingAppservice", method: "POST", path, body: { transaction_id: transactionId } });
      const duration = valueAt(answer, "duration_ms");
      return typeof duration === "number" ? duration : 0;
    },
    async whoami() {
      const answer = await calls.json({ name: "getWhoAmI", method: "GET", path: "/_matrix/client/v3/account/whoami" });
      const userId = textAt(answer, "user_id");
      if (userId === undefined) throw unreadableAnswer("user id");
      return userId;
    },
    async versions() {
      const answer = await calls.json({ name: "getServerVersions", method: "GET", path: "/_matrix/client/versions" });
      const versions = valueAt(answer, "versions");
      if (!Array.isArray(versions)) throw unreadableAnswer("list of versions");
      return versions.filter((version) => typeof version === "string");
    },
  };
}

async function register(calls: Calls, userId: UserId): Promise<void> {
  const body = { type: "m.login.application_service", username: userId.slice(1, userId.indexOf(":")), inhibit_login: true };
  await calls.json({ name: "register", method: "POST", path: "/_matrix/client/v3/register", body });
}

function outsideNamespaces(userId: UserId, cause: RemoteError): RemoteError {
  const message = `The homeserver does not let us register ${userId}: namespaces.users of the registration it has loaded must match it.`;
  return new RemoteError(message, {
    cause,
    remoteCode: "M_EXCLUSIVE",
    ...(cause.status === undefined ? {} : { status: cause.status }),
  });
}
