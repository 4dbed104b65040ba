import type { UserId } from "../core/ids.js";
import { unlessMissing, type Calls } from "./calls.js";
import { toContent } from "./room-event.js";

/** Account data of one of our users that belongs to no room. Throws RemoteError. */
export interface AccountData {
  get(type: string, as: UserId): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export function createAccountData(calls: Calls): AccountData {
  return {
    async get(type, as) {
      const path = `/_matrix/client/v3/user/${encodeURIComponent(as)}/account_data/${encodeURIComponent(type)}`;
      return toContent(await unlessMissing(calls.json({ name: "getAccountData", method: "GET", path, as })));
    },
  };
}
