import type { UserId } from "../core/ids.js";
import { unlessMissing, type Calls } from "./calls.js";
import { toContent } from "./room-event.js";

/** Account data of one of our users that belongs to no room. Throws RemoteError. */
export interface AccountData {
  get(type: string, as: UserId): Promise<Readonly<Record<string, unknown>> | undefined>;
  set(type: string, content: Readonly<Record<string, unknown>>, as: UserId): Promise<void>;
}

export function createAccountData(calls: Calls): AccountData {
  return {
    async get(type, as) {
      return toContent(await unlessMissing(calls.json({ name: "getAccountData", method: "GET", path: pathOf(type, as), as })));
    },
    async set(type, content, as) {
      await calls.json({ name: "setAccountData", method: "PUT", path: pathOf(type, as), as, body: content });
    },
  };
}

function pathOf(type: string, as: UserId): string {
  return `/_matrix/client/v3/user/${encodeURIComponent(as)}/account_data/${encodeURIComponent(type)}`;
}
